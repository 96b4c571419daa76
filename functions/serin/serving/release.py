"""How does a release come to life: artifact, manifest and golden examples are read by their digests, checked,
and the model is warmed, all before the first request."""

import logging
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from hmac import digest
from typing import Any, TypeAlias

import orjson

from serin.drift.baseline import Baseline
from serin.errors import InvalidModel, SmokeFailed
from serin.outcomes.keys import Keyring
from serin.outcomes.receipts import Signer
from serin.serving import golden, session
from serin.serving.capture import Capture, Send
from serin.serving.captured import Records
from serin.serving.confidence import Confidence, confidence_output
from serin.serving.limits import Limits
from serin.serving.metrics import Metrics
from serin.serving.receipts import Receipts
from serin.serving.repeats import Repeats
from serin.serving.review import Reviews, SendReviews
from serin.serving.scores import score_output
from serin.serving.segments import Segments
from serin.serving.service import Service, Submit
from serin.serving.signature import Signature
from serin.serving.watching import Put, Watcher
from serin.settings import Inference, ModelVersion

__all__ = ["Read", "open_release"]

Read: TypeAlias = Callable[[str], bytes]
"""Gives the bytes of an object by its key."""
_log = logging.getLogger(__name__)


def open_release(
    settings: Inference, read: Callable[[], Read], submit: Submit, secret: Callable[[], str] | None = None,
    put: Put | None = None, send: Send | None = None, send_reviews: SendReviews | None = None,
    frugal: Callable[[], bool] | None = None,
) -> Service:  # fmt: skip
    """`read` opens the store, and `secret` the keys of the receipts, only if there is a model to load. `put` writes
    what was seen, where the version has a baseline's sketch; `send` takes the predictions that are kept, where the
    settings want some, and `send_reviews` those that a person has to look at. `frugal` tells whether the endpoint has
    to do without what is kept.

    Raises InvalidModel, InvalidInput, SmokeFailed, or InvalidSettings for keys that are none.
    """
    if settings.version is None:
        metrics = _metrics(settings, None)
        return Service.without_release(settings.model, settings.release, metrics=metrics, submit=submit)
    version, store = settings.version, read()
    model = session.load(_read(store, "artifacts", version.artifact_sha256), settings.threads)
    manifest = _document(store, version.manifest_sha256)
    if Signature.from_dict(manifest.get("signature", {})) != model.signature:
        raise InvalidModel("the model's inputs and outputs are not those that its manifest declares")
    confidence = confidence_output(model.signature, manifest.get("task"))
    metrics = _metrics(settings, confidence)
    records = cache(partial(_records, settings, version.number, manifest, model.signature, secret))
    remembers = not settings.trial and manifest.get("serving", {}).get("deterministic", True)
    repeats = Repeats(model) if remembers else None
    service = Service.from_model(
        repeats or model,
        Limits.from_manifest(manifest),
        name=settings.model,
        version=version.number,
        release=settings.release,
        metrics=metrics,
        receipts=_receipts(settings, version.number, manifest, model.signature, secret) if secret else None,
        watcher=_watcher(settings.model, version, store, put, metrics) if put else None,
        capture=_capture(settings, records, send, metrics, frugal) if send else None,
        reviews=_reviews(settings, records, confidence if secret else None, send_reviews, metrics)
        if send_reviews
        else None,
        submit=submit,
        replays=settings.replays,
    )
    _warm(service, golden.Golden.from_dict(_document(store, version.golden_sha256)))
    if repeats:
        repeats.decide()
    return service


def _metrics(settings: Inference, confidence: str | None) -> Metrics:
    return Metrics(
        stage=settings.stage,
        model=settings.model,
        release=settings.release,
        budget_ms=settings.latency_budget_ms,
        confidence=Confidence(confidence, settings.confidence_limit) if confidence else None,
    )


def _watcher(model: str, version: ModelVersion, read: Read, put: Put, metrics: Metrics) -> Watcher | None:
    if version.sketch_sha256 is None:
        return None
    baseline = Baseline.from_bytes(_read(read, "documents", version.sketch_sha256))
    on_loss = partial(metrics.tell, "SketchRowsLost")
    return Watcher(baseline, put, model=model, version=version.number, on_loss=on_loss)


def _receipts(
    settings: Inference, version: int, manifest: dict[str, Any], signature: Signature, secret: Callable[[], str]
) -> Receipts:
    segments = Segments.from_manifest(manifest, signature)

    def signer() -> Signer:
        keyring = Keyring.from_json(secret())
        return Signer(keyring, model=settings.model, version=version, release=settings.release, segments=segments.names)

    return Receipts(signer(), score_output(signature, manifest.get("task")), segments, renew=signer)


def _records(
    settings: Inference, version: int, manifest: dict[str, Any], signature: Signature, secret: Callable[[], str] | None
) -> Records:
    return Records.from_manifest(
        manifest, signature, version=version, release=settings.release,
        score=score_output(signature, manifest.get("task")), key=_hash_key(manifest, secret),
    )  # fmt: skip


def _capture(
    settings: Inference, records: Callable[[], Records], send: Send, metrics: Metrics,
    frugal: Callable[[], bool] | None,
) -> Capture | None:  # fmt: skip
    wanted = settings.capture
    if wanted is None:
        return None
    return Capture(
        records(), send, share=wanted.share, hourly_rows=wanted.hourly_rows, every_s=wanted.every_s,
        on_loss=partial(metrics.tell, "CaptureRowsLost"), frugal=frugal,
    )  # fmt: skip


def _reviews(
    settings: Inference, records: Callable[[], Records], confidence: str | None, send: SendReviews, metrics: Metrics
) -> Reviews | None:
    wanted = settings.review
    if wanted is None:
        return None
    if confidence is None:
        _log.warning("nothing of this release is reviewed: it gives no probabilities of classes, or signs no receipts")
        return None
    return Reviews(
        records(), Confidence(confidence, wanted.confidence_limit), send, model=settings.model,
        deadline_s=wanted.deadline_hours * 3600, hourly_rows=wanted.hourly_rows,
        on_loss=partial(metrics.tell, "ReviewsLost"), on_skip=partial(metrics.tell, "ReviewsSkipped"),
    )  # fmt: skip


def _hash_key(manifest: dict[str, Any], secret: Callable[[], str] | None) -> bytes:
    """Of the receipts' key, and changing with it; read only where a feature has to be hashed. Empty without one."""
    if secret is None or not any(feature.get("sensitive") == "hash" for feature in manifest["features"]):
        return b""
    return digest(Keyring.from_json(secret()).current.secret.encode(), b"serin capture", "sha256")


def _warm(service: Service, examples: golden.Golden) -> None:
    wrong = golden.failures(examples, service.predict)
    if wrong:
        raise SmokeFailed("; ".join(wrong[:3]))


def _document(read: Read, digest: str) -> dict[str, Any]:
    document = orjson.loads(_read(read, "documents", digest))
    if not isinstance(document, dict):
        raise InvalidModel(f"document {digest} is not a JSON object")
    return document


def _read(read: Read, kind: str, digest: str) -> bytes:
    key = f"{kind}/sha256/{digest}"
    content = read(key)
    if sha256(content).hexdigest() != digest:
        raise InvalidModel(f"the content of {key} does not have the digest that its name says")
    return content
