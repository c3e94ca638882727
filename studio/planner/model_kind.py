"""What kind of model a config describes: a language model that writes text, or one that cannot be fine-tuned here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studio.core.problem import Problem
from studio.core.words import tr
from studio.planner.config_tensors import known

ENCODERS = (
    "albert", "bert", "camembert", "convbert", "deberta", "deberta-v2", "distilbert", "electra", "ernie", "esm",
    "eurobert", "flaubert", "fnet", "funnel", "ibert", "layoutlm", "longformer", "luke", "mobilebert", "modernbert",
    "mpnet", "nystromformer", "roberta", "roformer", "squeezebert", "xlm-roberta", "xlm-roberta-xl",
)  # fmt: skip
ENCODER_DECODERS = (
    "bart", "bigbird_pegasus", "blenderbot", "blenderbot-small", "fsmt", "led", "longt5", "m2m_100", "marian", "mbart",
    "mt5", "mvp", "nllb-moe", "pegasus", "pegasus_x", "plbart", "prophetnet", "switch_transformers", "t5", "t5gemma",
    "umt5",
)  # fmt: skip
SENSES = (
    "align", "altclip", "beit", "bit", "blip", "blip-2", "chinese_clip", "clap", "clip", "clip_vision_model",
    "convnext", "deit", "detr", "dinov2", "dinov3_vit", "encodec", "hubert", "idefics2", "idefics3", "llava",
    "llava_next", "mimi", "mllama", "owlvit", "paligemma", "pixtral", "qwen2_audio", "qwen2_vl", "qwen2_5_vl",
    "qwen3_vl", "resnet", "sam", "segformer", "siglip", "siglip2", "smolvlm", "speech_to_text", "swin", "vit",
    "vit_mae", "wav2vec2", "wavlm", "whisper", "yolos",
)  # fmt: skip
_HEADS = ("SequenceClassification", "TokenClassification", "QuestionAnswering", "MultipleChoice", "Reward", "ValueHead",
          "ImageClassification")  # fmt: skip
# transformers loads their language model by itself, or beside a tower that is left alone.
_WITH_A_LANGUAGE_MODEL = ("gemma3n", "gemma4", "gemma4_unified", "llama4", "qwen3_5", "qwen3_5_moe")
_TOWERS = ("vision_config", "audio_config", "vision_tower_config", "image_config")


def kind_problems(where: str, config: Mapping[str, Any]) -> Iterator[Problem]:
    """The Problem with a config that is not a causal language model's, as far as it shows; else nothing."""
    kind = str(config.get("model_type") or "")
    names = config.get("architectures")
    classes = [str(name) for name in names] if isinstance(names, list) else []
    called = classes[0] if classes else kind or "unnamed"
    writes = any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in classes)
    own = config.get("auto_map")
    if any(head in name for name in classes for head in _HEADS):
        what = tr(
            "this is a classifier or a reward model ({called}): its head gives scores and does not write text",
            called=called,
        )
        remedy = tr("Choose the language model that it was derived from.")
    elif config.get("is_encoder_decoder") is True or kind in ENCODER_DECODERS:
        what = tr("this is an encoder-decoder model ({called}): it does not continue a text", called=called)
        remedy = tr("Choose a decoder, such as a llama, mistral, qwen, gemma or phi model.")
    elif any(name.endswith(("ForMaskedLM", "ForPreTraining")) for name in classes) or (kind in ENCODERS and not writes):
        what = tr("this is an encoder ({called}): it reads text and does not write any", called=called)
        remedy = tr("Choose a decoder, such as a llama, mistral, qwen, gemma or phi model.")
    elif kind in SENSES or (
        # A model's own code may know how to load it.
        any(config.get(tower) for tower in _TOWERS)
        and not (known(config) or kind in _WITH_A_LANGUAGE_MODEL or isinstance(own, dict))
    ):
        what = tr("this model reads pictures or sound ({called}); only text models can be trained here", called=called)
        remedy = tr("Choose a language model of the same family that reads only text.")
    else:
        return
    yield Problem(where, f"{what}.", remedy)
