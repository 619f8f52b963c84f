# One image, two services: docker run -p 8000:8000 -e SERVICE=flask|fastapi ocr-pair
FROM python:3.13-slim-trixie AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY ocr_core ocr_core
COPY services services
COPY models models
COPY static static
# pip is of no use, and of use to none but intruders, once all is there
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check '.[pdf,redis]' \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --no-create-home ocr
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    SERVICE=fastapi HOST=0.0.0.0 PORT=8000
# a number, so that Kubernetes can see that it is not root
USER 10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
# exec: the server is process 1 and gets the signal to stop.
CMD ["sh", "-c", "exec python -m services.${SERVICE}_app"]
