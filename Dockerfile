FROM node:22-slim AS web
WORKDIR /atlas/app/web
COPY app/web/package.json app/web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY app/web ./
RUN node build.mjs

FROM python:3.11-slim AS build
RUN python -m venv /venv
COPY requirements.lock /tmp/
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock
WORKDIR /atlas
COPY app app
COPY data data
COPY geo geo
COPY layers layers
COPY --from=web /atlas/app/web/node_modules /tmp/node_modules
COPY --from=web /atlas/app/static app/static
RUN /venv/bin/python data/basemap/build_basemap.py --modules /tmp/node_modules

FROM python:3.11-slim
# GDAL in the wheels of rasterio and pyogrio looks for it on the system.
RUN apt-get update && apt-get install -y --no-install-recommends libexpat1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 atlas
ENV PATH=/venv/bin:$PATH PYTHONPATH=/atlas PYTHONUNBUFFERED=1
COPY --from=build /venv /venv
COPY --from=build /atlas /atlas
WORKDIR /atlas
USER atlas
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=5)"]
# There is no PostgreSQL in here: ATLAS_DATABASE_URL names one, as compose.yaml does.
CMD ["python", "-m", "app.cli", "serve", "--host", "0.0.0.0"]
