# Two stages: the first builds wheels, the second holds only Python, our wheels and a user without rights.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY .ci/constraints.txt /constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY adapters adapters
COPY connector connector
COPY mappings mappings
RUN pip wheel --no-cache-dir --constraint /constraints.txt --wheel-dir /wheels .

FROM python:3.11-slim-bookworm
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels leadtier \
    && useradd --create-home --uid 10001 leadtier \
    && install --directory --owner=leadtier /data
USER leadtier
WORKDIR /data
VOLUME /data
ENV LEADTIER_DATABASE_URL=sqlite:////data/leadtier.db \
    LEADTIER_HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1
EXPOSE 8700
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8700/healthz', timeout=4)"]
ENTRYPOINT ["leadtier"]
CMD ["run"]
