"""Names that are hard to typeset: letters of many scripts, and the markup of many languages."""

LETTERS = {
    "Greek and mathematics": "λ ≥ 0, ρ ≠ ∞ − 1 → ±½",
    "Vietnamese": "Nguyễn Thị Hồng Ữ",
    "decomposed accents": "cafe\u0301 u\u0308ber й",
    "Chinese, Japanese, Korean": "汉字 日本語かな カナ 한국어",
    "emoji": "😀 🐈 🫠 🧿 ❤️ 👩‍🔬",
    "right to left": "العربية (عربي) and עברית",
    "Indic and Thai": "हिन्दी தமிழ் ภาษาไทย",
    "Cyrillic": "Ёлкин «Щи» № 5",
    "typewriter": "a--b ---c ``d'' ,,e'' <<f>> !` ?` \"g\" 'h'",
}
# Names that would run a command, write elsewhere or be read as something else where a program pastes them into text.
COMMANDS = {
    "spaces": "two  spaces",
    "quotes": "it's \"x\" 'y' `z`",
    "shell": "; touch ran & $(touch ran) `touch ran` | tee ran > ran #",
    "variables": "$HOME ${HOME} %HOME% ~root !x",
    "glob": "*?[a-z]{b,c}",
    "option": "-rf --help",
    "parent": "../../ran",
    "absolute": "/tmp/ran",
    "Windows": "C:\\ran\\..\\nul",
    "backslash n": "\\n\\x00\\u0000",
    "percent": "%s %n 100%",
    "braces": "{0.__class__} {{7*7}} {results}",
    "Python": "__import__('os').system('touch ran')",
    "spreadsheet": "=1+2+cmd|' /C ran'!A0",
    "YAML": "!!python/object/apply:os.system [touch ran]",
    "address": "https://192.0.2.1/ran?a=b&c#d",
    "a device": "con",
    "dots": "..",
    "accents": "Ёлка 日本 e\u0301",
}
MARKUP = COMMANDS | {
    "LaTeX": r"\end{verbatim}\input{/etc/passwd} \undefined{x} 50 % $x_1$ #1 & ~ ^^5cundefined \\ \verb|x|",
    "Lua": r"\directlua{os.exit(1)} \latelua{os.exit(1)} \write18{touch x}",
    "end of a table": r"\end{tabular} a & b \\ \hline",
    "start of a row": "[2ex] cells",
    "star": "*",
    "one brace": "a { b",
    "other brace": "a } b",
    "odd dollars": "$x^2$ and $y",
    "broken formula": r"$\frac{1$ \alpha",
    "HTML": '</script><b id="broken">&amp; <!-- x -->',
    "formats": "{x} {0} %s %(x)s ${x} {{ y }} {% z %}",
    "paragraphs": "one\n\ntwo\r\n\tthree\u2028four",
    "reST": "*a* `b` ``c`` |d| e_ [1]_ .. raw:: html",
    "backslash": "\\",
}
SHAPELESS = {
    "control": "a\x07b\x1bc\x7fd",
    "private use": "a\ue000b\uf8ffc",
    "order": "a\u202eb\u2066c",
    "no font": "a\U000323afb\U000e0041c\U0010fffe",
}
ALL = LETTERS | MARKUP | SHAPELESS
ANY = ALL | {"outer spaces": " x ", "newline": "one\ntwo", "null": "a\x00b"}
