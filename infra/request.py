"""Which JSON does the gateway let through to a model? What has the shape of an inference request, no more."""

from aws_cdk import aws_apigateway as apigateway

_TYPES = [
    "BOOL",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "FP16",
    "FP32",
    "FP64",
    "BYTES",
]


def infer_request(rest: apigateway.RestApi) -> apigateway.Model:
    """The model for `application/json`; names, types and lengths against the signature are the function's business."""
    kind, schema = apigateway.JsonSchemaType, apigateway.JsonSchema
    text, free = schema(type=kind.STRING), schema(type=kind.OBJECT)
    tensor = schema(
        type=kind.OBJECT,
        required=["name", "datatype", "shape", "data"],
        properties={
            "name": text,
            "datatype": schema(type=kind.STRING, enum=_TYPES),
            "shape": schema(type=kind.ARRAY, items=schema(type=kind.INTEGER, minimum=0)),
            "data": schema(type=kind.ARRAY),
            "parameters": free,
        },
    )
    wanted = schema(type=kind.OBJECT, required=["name"], properties={"name": text, "parameters": free})
    return rest.add_model(
        "InferRequest",
        model_name="InferRequest",
        content_type="application/json",
        schema=schema(
            schema=apigateway.JsonSchemaVersion.DRAFT4,
            title="InferRequest",
            type=kind.OBJECT,
            required=["inputs"],
            properties={
                "id": text,
                "parameters": free,
                "inputs": schema(type=kind.ARRAY, min_items=1, items=tensor),
                "outputs": schema(type=kind.ARRAY, items=wanted),
            },
        ),
    )
