# The server as an image. The index is built in it; at run time nothing is fetched, and nothing is written but to /tmp.
#   docker build -t explainer .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:7860:7860 explainer
FROM python:3.11-slim-bookworm AS made

# PyTorch's default package for Linux carries gigabytes for graphics cards; these are the builds for machines without.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

RUN python -m venv /opt/explainer
ENV PATH=/opt/explainer/bin:$PATH
RUN pip install --no-cache-dir --disable-pip-version-check "torch==2.13.0" --index-url "$TORCH_INDEX"

WORKDIR /src
COPY pyproject.toml README.md LICENSE LICENSE-corpus ./
COPY index index
COPY app app
COPY corpus corpus
RUN pip install --no-cache-dir --disable-pip-version-check ".[redis]"
WORKDIR /
RUN explainer build

FROM python:3.11-slim-bookworm

RUN groupadd --gid 10001 explainer && \
    useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin explainer
COPY --from=made /opt/explainer /opt/explainer
# Its own addresses only, until ALLOW_HOSTS names the site's.
ENV PATH=/opt/explainer/bin:$PATH \
    HOST=0.0.0.0 \
    PORT=7860 \
    LOG_FORMAT=json \
    MPLCONFIGDIR=/tmp/matplotlib
USER 10001:10001
WORKDIR /
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/ready', timeout=4)"]
CMD ["explainer", "serve"]
