"""MixLoRA (arXiv 2404.15159) for PEFT: a router over LoRA experts on every feed-forward, at LoRA's price.

    from studio.methods.mixlora import MixLoraConfig
    model = peft.get_peft_model(model, MixLoraConfig(r=16, num_experts=8, top_k=2))

Importing this package registers the method with PEFT, so import it before `PeftModel.from_pretrained` too.
"""

from __future__ import annotations

from studio.core.methods.mixlora import MIXLORA
from studio.methods.mixlora.config import MixLoraConfig
from studio.methods.mixlora.layer import MixLoraFeedForward
from studio.methods.mixlora.model import MixLoraModel
from studio.methods.mixlora.together import TogetherFeedForward
from studio.methods.registration import register_method

register_method(name=MIXLORA.name, config_cls=MixLoraConfig, model_cls=MixLoraModel)

__all__ = ["MixLoraConfig", "MixLoraFeedForward", "MixLoraModel", "TogetherFeedForward"]
