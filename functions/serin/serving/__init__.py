"""Serving: the Open Inference Protocol over one ONNX model, from an API Gateway event to its response."""
