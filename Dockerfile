# One image for all services: docker run -p 8000:8000 -e SERVICE=flask|fastapi ocr-pair
FROM python:3.13-slim-trixie AS build
# extras of pyproject.toml: PDF in and out, and the shared cache; `grpc` for SERVICE=grpc
ARG EXTRAS=pdf,redis
WORKDIR /source
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY ocr_core ocr_core
COPY services services
COPY models models
COPY static static
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check ".[$EXTRAS]" \
    && /venv/bin/pip uninstall --yes pip
# 97 MB that nothing here loads: the runtime's library for C programs, tools, tests, sources, symbols for
# debuggers, random numbers, and of Pillow AVIF, which OpenCV reads, and fonts
WORKDIR /venv/lib/python3.13/site-packages
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils \
    && rm -r onnxruntime/capi/libonnxruntime.so* onnxruntime/transformers onnxruntime/quantization onnxruntime/tools \
    && rm -r numpy/random numpy/f2py \
    && rm PIL/_avif*.so pillow.libs/libavif* PIL/_imagingft*.so pillow.libs/libfreetype* pillow.libs/libharfbuzz* \
    && rm pillow.libs/libbrotli* pillow.libs/libpng* \
    && find . -type d -name tests -exec rm -r {} + \
    && find . -name '*.[cha]' -delete -o -name '*.py[xi]' -delete -o -name '*.pxd' -delete \
    && find . -name '*.so*' -type f -exec strip --strip-unneeded {} +
# Byte code of what the services load and of nothing else: a third of all of it. Fails where something is missing.
RUN /venv/bin/python -c "import services.fastapi_app.server, services.flask_app.server, redis, fpdf; \
from ocr_core import load_pipeline; load_pipeline()"

FROM python:3.13-slim-trixie
RUN useradd --system --uid 10001 --no-create-home ocr
COPY --from=build /venv /venv
# ONNX Runtime from 1.29 on reports to its maker unless told not to
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ORT_DISABLE_TELEMETRY=1 \
    SERVICE=fastapi HOST=0.0.0.0 PORT=8000
# a number, so that Kubernetes can see that it is not root
USER 10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "from os import environ as e; from urllib.request import urlopen; \
port = e['PORT'] if e['SERVICE'] != 'grpc' else e.get('OCR_METRICS_PORT') or 9464; \
urlopen(f'http://127.0.0.1:{port}/readyz', timeout=2)"]
# exec: the server is process 1 and gets the signal to stop.
CMD ["sh", "-c", "exec python -m services.${SERVICE}_app"]
