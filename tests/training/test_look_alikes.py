import torch

from ocr_core.alphabet import Alphabet
from training.look_alikes import look_alikes, nearest_classes
from training.texts import Aim, Corpus, TextSource

ALPHABET = Alphabet("未末o0早旱")


def weights_with_pairs() -> torch.Tensor:
    """Rows of seven classes: the blank, and three pairs each of which points in nearly one direction."""
    torch.manual_seed(0)
    directions = torch.randn(3, 32)
    rows = torch.cat([torch.zeros(1, 32), directions.repeat_interleave(2, dim=0)])
    return rows + 0.1 * torch.randn(7, 32) + 5.0  # what all rows share says nothing


def test_the_nearest_class_is_the_one_whose_row_points_the_same_way():
    assert nearest_classes(weights_with_pairs(), count=1).flatten().tolist()[1:] == [2, 1, 4, 3, 6, 5]


def test_the_blank_is_like_nothing():
    assert 0 not in nearest_classes(weights_with_pairs(), count=5)


def test_look_alikes_are_told_of_chinese_characters_alone():
    found = look_alikes(nearest_classes(weights_with_pairs(), count=1), ALPHABET)
    assert found == {"未": "末", "末": "未", "早": "旱", "旱": "早"}


def test_look_alikes_stand_side_by_side(assets):
    alphabet = Alphabet("中国人民末未")
    source = TextSource(Corpus(assets, alphabet), alphabet, seed=1, aim=Aim(look_alikes={"末": "未", "未": "末"}))
    lines = [source.look_alikes() for _ in range(200)]
    assert sum("末未" in line or "未末" in line for line in lines) > 15


def test_without_look_alikes_the_mix_is_the_usual_one(assets):
    alphabet = Alphabet("中国人民末未abc")
    corpus = Corpus(assets, alphabet)
    usual, aimed = TextSource(corpus, alphabet, seed=1), TextSource(corpus, alphabet, seed=1, aim=Aim())
    assert [usual.line() for _ in range(50)] == [aimed.line() for _ in range(50)]
