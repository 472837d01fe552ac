import lzma
import random

import pytest
import torch

from training.classifier.pretrain import mask_tokens, pack, pad, read_text, schedule

CLS, SEP, MASK = 2, 3, 4
ROWS = [[CLS, *range(10 * n + 5, 10 * n + 5 + n % 4 + 1), SEP] for n in range(40)]


def inside(rows):
    return sorted(token for row in rows for token in row if token not in (CLS, SEP))


class TestPack:
    def packed(self, share=0.5, length=16, seed=1):
        return pack(ROWS, share, length, random.Random(seed))

    @pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
    def test_loses_no_token_and_frames_every_row_once(self, share):
        found = self.packed(share)
        assert inside(found) == inside(ROWS)
        assert all(row[0] == CLS and row[-1] == SEP for row in found)
        assert all(row.count(CLS) == row.count(SEP) == 1 for row in found)

    def test_no_row_grows_over_the_length_and_long_ones_come_about(self):
        lengths = [len(row) for row in self.packed()]
        assert max(map(len, ROWS)) < 12 <= max(lengths) <= 16

    def test_leaves_the_rest_as_it_is(self):
        kept = [row for row in self.packed(share=0.5) if row in ROWS]
        assert len(kept) >= len(ROWS) // 2

    def test_of_no_share_is_the_rows_in_another_order(self):
        found = self.packed(share=0.0)
        assert found != ROWS
        assert sorted(found) == sorted(ROWS)

    def test_is_repeatable_and_leaves_its_rows_alone(self):
        before = [list(row) for row in ROWS]
        assert self.packed() == self.packed() != self.packed(seed=2)
        assert before == ROWS

    def test_a_row_that_fills_the_length_stays_alone(self):
        full = [[CLS, *range(5, 19), SEP]] * 3
        assert pack(full, 1.0, 16, random.Random(0)) == full


class TestMasking:
    def test_spares_special_tokens_and_padding(self):
        ids, attention = pad([[CLS, *[9] * 200, SEP], [CLS, 9, SEP]])
        changed, masked = mask_tokens(ids, attention, MASK, 50, 5, torch.Generator().manual_seed(0))
        assert (ids[masked] == 9).all()
        assert torch.equal(changed[~masked], ids[~masked])
        assert 0.08 < masked.sum().item() / 201 < 0.25
        assert (changed[masked] == MASK).float().mean() > 0.6


class TestSchedule:
    def test_warms_up_then_falls_to_nothing(self):
        rates = [schedule(step / 100) for step in range(101)]
        top = rates.index(max(rates))
        assert rates[0] < 0.05 and 5 <= top <= 7
        assert rates[top:] == sorted(rates[top:], reverse=True)
        assert rates[-1] == pytest.approx(0)


class TestReadText:
    @pytest.mark.parametrize("name", ["text.tsv", "text.tsv.xz"])
    def test_is_normalised_and_without_the_skipped_sources(self, tmp_path, name):
        lines = b"wiki\tAda API, Pak!\nnusax-buginese\tengka api\nwiki\t...\nberita\tBanjir 3 hari\n"
        (tmp_path / name).write_bytes(lzma.compress(lines) if name.endswith(".xz") else lines)
        assert read_text(tmp_path / name, ("nusax-buginese",)) == ["ada api pak", "banjir tiga hari"]
