"""tools/rr.py's console: what a replayed machine says is shown once, although going back makes it say all again.

Would catch: a boot that scrolls by at each reverse-stepi, a line that is lost behind one.
"""
import io
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import rr  # noqa: E402

WORDS = (b"[    0.000000] Lucid: a kernel that you can see through\r\n"
         b"[    0.000016] clock: TSC\r\nlucid:/# echo a\r\na\r\n")


class Console(unittest.TestCase):
    def shown(self, *pieces):
        out = io.BytesIO()
        console = rr.Console(WORDS, out)
        for piece in pieces:
            console.write(piece)
        return out.getvalue()

    def test_in_one_go(self):
        self.assertEqual(self.shown(WORDS), WORDS)

    def test_going_back_shows_nothing_twice(self):
        self.assertEqual(self.shown(WORDS, WORDS[:70], WORDS[:90], WORDS), WORDS)

    def test_going_back_from_the_middle(self):
        self.assertEqual(self.shown(WORDS[:80], WORDS[:64], WORDS), WORDS)

    def test_in_small_pieces(self):
        said = WORDS[:75] + WORDS[:61] + WORDS
        self.assertEqual(self.shown(*(said[i:i + 1] for i in range(len(said)))), WORDS)

    def test_only_what_was_reached_and_the_first_words(self):
        shown = self.shown(WORDS[:70], WORDS[:40])
        self.assertTrue(WORDS[:70] == shown[:70] and len(shown) < 70 + rr.MARK_BYTES and WORDS.startswith(shown))


if __name__ == "__main__":
    unittest.main()
