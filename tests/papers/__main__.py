"""Write what follows from the code into the papers: `make papers`."""

from tests.papers.generated import papers

if __name__ == "__main__":
    for path, text in papers().items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"written: {path}")  # noqa: T201
