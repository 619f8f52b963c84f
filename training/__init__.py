"""Renders lines of text, trains the recogniser on them, exports it and proves the export.

python -m training.assets assets            gather fonts and texts from packages
python -m training.train --assets assets    train; interrupt and resume at will
python -m training.export runs/crnn/best.pt write the ONNX model that the services load
"""

import os

# Threads that wait for each other in a loop take the processor from everything else: where other work runs beside
# the training, a step took up to eight times as long. It must be set before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# ONNX Runtime would report its use to its maker; `ocr_core` says so too, but is imported later here.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
