"""Very small pretrained models, with weights of chance, for tests: one folder each, as `transformers` writes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

CORPUS = ("blue heron lands near quiet water while seven boats drift past Pier!", "a red moon over the old sea 42")
ARCHITECTURES = ("bert", "deberta-v2", "modernbert", "electra", "roberta", "xlm-roberta", "distilbert", "mpnet")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def tiny_checkpoint(folder: Path, architecture: str = "bert", corpus: Sequence[str] = CORPUS, seed: int = 0) -> Path:
    """Write a checkpoint of that architecture, with a tokenizer trained on a few texts. Returns its folder.

    Needs transformers; `architecture` is one of ARCHITECTURES, or another `model_type` whose configuration takes the
    same names.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    tokenizer = _tokenizer(corpus)
    tokenizer.save_pretrained(str(folder))
    sizes: dict[str, Any] = dict(SMALL)
    if architecture == "distilbert":
        sizes = {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
    if architecture == "electra":
        sizes["embedding_size"] = 16
    config = AutoConfig.for_model(
        architecture,
        vocab_size=len(tokenizer),
        pad_token_id=tokenizer.pad_token_id,
        max_position_embeddings=600,
        **sizes,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        AutoModel.from_config(config).save_pretrained(str(folder))
    return folder


def _tokenizer(corpus: Sequence[str]) -> Any:
    """Words and pieces of words, with the marks that BERT has."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # no password
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=list(SPECIAL), show_progress=False)
    made.train_from_iterator(list(corpus), trainer)
    ids = {token: made.token_to_id(token) for token in SPECIAL}
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=512, **names)


def tiny_backbone(folder: Path, architecture: str = "resnet10t", seed: int = 0) -> Path:
    """Write a network of timm with weights of chance, as timm writes it for the hub. Returns its folder."""
    import timm
    import torch
    from timm.models import save_for_hf

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = timm.create_model(architecture, pretrained=False)
    save_for_hf(model, str(folder), safe_serialization=True)
    return folder
