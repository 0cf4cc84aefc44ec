# Two stages: the first makes an environment of Python's from locked wheels, the second holds that and nothing else.
#
# The base is pinned by its tag. Tags can move: to pin the very bytes, look the digest up once, and build with it:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm
#   docker build --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:... --tag raceday-daemon .
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv --without-pip /opt/raceday \
    && python -m venv --without-pip /opt/build
COPY requirements.txt requirements-build.txt ./
# Wheels alone, each by its hash: no compiler is needed, and nothing of a package runs while it is installed.
RUN pip --python /opt/raceday install --require-hashes --only-binary :all: --requirement requirements.txt \
    && pip --python /opt/build install --require-hashes --only-binary :all: --requirement requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY docs/raceday-daemon.1 docs/raceday-daemon.1
COPY raceday_daemon raceday_daemon
RUN /opt/build/bin/hatchling build --target wheel --directory dist \
    && pip --python /opt/raceday install --no-deps --no-index dist/*.whl \
    && /opt/raceday/bin/raceday-daemon --version

FROM ${PYTHON_IMAGE}

ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="raceday-daemon" \
      org.opencontainers.image.description="Keeps a New Zealand and Australian racing day fresh, in your own database" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"

RUN groupadd --gid 10001 raceday \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin raceday \
    && install --directory --owner 10001 --group 10001 --mode 750 /data
COPY --from=build /opt/raceday /opt/raceday

# The root may be read-only: only /data is written, and /tmp where SQLite sorts much.
ENV PATH=/opt/raceday/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    RACEDAY_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["raceday-daemon", "healthcheck"]
# No shell and no init: the daemon hears the signals itself, and starts no process that would have to be reaped.
ENTRYPOINT ["raceday-daemon"]
CMD ["run"]
