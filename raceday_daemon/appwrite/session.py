"""The HTTP session that every call to Appwrite goes through: pooled, and told nothing it does not need."""

from http.cookiejar import DefaultCookiePolicy

from requests import Response, Session
from requests.adapters import HTTPAdapter


class StraightSession(Session):
    """A session that goes where it is told: a redirect is an answer, since the key must not follow one."""

    def get_redirect_target(self, resp: Response) -> None:
        """Give none."""


def open_session(endpoint: str, connections: int) -> Session:
    """Open a session that keeps that many connections to the endpoint, for as many threads.

    Several threads share it. That is safe because nothing in it changes once it is open: the pool of urllib3 is made
    for threads, cookies are neither kept nor sent, and what the environment says (a proxy, certificates) is looked up
    here, once, and not at each call.
    """
    session = StraightSession()
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=False, max_retries=0)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    found = session.merge_environment_settings(endpoint, {}, None, None, None)
    session.trust_env = False
    session.proxies = dict(found["proxies"])
    session.verify = found["verify"]
    return session
