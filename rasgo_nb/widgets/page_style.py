"""How the page of a run looks: light and dark, narrow and wide, on paper."""

from __future__ import annotations

_COLOURS = """
:root{color-scheme:light dark;--ink:#1b2027;--pale:#5b6572;--line:#dfe3e8;--paper:#f6f7f9;--page:#fbfbfc;
--card:#fff;--accent:#0b62c4;--good:#1f7a38;--bad:#c62a2f;--warn:#8a5a00;--warn-paper:#fff4d6;
--model:#7a5af0;--tool:#149a8c;--target:#fff0b3;
--jp-ui-font-color1:var(--ink);--jp-ui-font-color2:var(--pale);--jp-border-color2:var(--line);
--jp-layout-color2:var(--paper)}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e4e8ee;--pale:#9aa5b3;--line:#2f3742;
--paper:#1d232c;--page:#0f1318;--card:#161b22;--accent:#6cb2ff;--good:#5cc878;--bad:#ff7b78;--warn:#f0b849;
--warn-paper:#33280f;--model:#9d86ff;--tool:#35c3b3;--target:#4a3c0a}}
"""

_PAGE = """
*{box-sizing:border-box}
table{overflow-wrap:break-word}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:980px;margin:0 auto;padding:36px 24px 64px}
h1{font-size:26px;line-height:1.3;margin:6px 0 12px;font-weight:650;letter-spacing:-.01em;text-wrap:balance;
white-space:pre-line}
h2{font-size:12px;margin:38px 0 10px;color:var(--pale);font-weight:600;letter-spacing:.07em;
text-transform:uppercase}
a{color:var(--accent)}
.pale{color:var(--pale)}
.small{font-size:13px}
.mono,code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.kicker{display:flex;gap:10px;align-items:center;color:var(--pale);font-size:13px;flex-wrap:wrap}
.status{font-size:12px;font-weight:600;padding:2px 10px;border-radius:99px;border:1px solid currentColor}
.status.answered{color:var(--good)}.status.failed{color:var(--bad)}
.status.stopped,.status.running{color:var(--warn)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:1px;margin:18px 0 0;
border:1px solid var(--line);border-radius:10px;overflow:hidden;background:var(--line)}
.facts div{background:var(--card);padding:9px 14px}
.facts dt{color:var(--pale);font-size:12px}
.facts dd{margin:1px 0 0;font-weight:550;font-variant-numeric:tabular-nums}
.notes{list-style:none;margin:14px 0 0;padding:0}
.notes li{background:var(--warn-paper);border-radius:8px;padding:7px 13px;margin-top:6px;font-size:14px}
.answer{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:18px 22px;
font-size:16px;
box-shadow:0 1px 2px #0000000a}
.answer>:first-child{margin-top:0}.answer>:last-child{margin-bottom:0}
.answer table{border-collapse:collapse;font-size:14px;display:block;overflow-x:auto}
.answer th,.answer td{padding:4px 16px 4px 0;border-bottom:1px solid var(--line);text-align:left}
.answer pre{background:var(--paper);border-radius:8px;padding:10px 12px;overflow-x:auto;font-size:13px}
.answer code{font-size:.9em}
.message{border-left:4px solid var(--bad)}
"""

_NUMBERS = """
.number{font-variant-numeric:tabular-nums;text-decoration:underline;text-underline-offset:3px;
text-decoration-thickness:1px}
a.number{font-weight:600}
span.number{text-decoration-style:dotted}
mark.unverified{background:var(--warn-paper);color:inherit;border-radius:4px;padding:0 3px;
text-decoration:underline wavy var(--warn) 1px;text-underline-offset:4px}
.traced{margin-top:10px;font-size:13px;color:var(--pale)}
.traced .bar{display:inline-block;width:90px;height:6px;border-radius:3px;background:var(--warn);
vertical-align:1px;margin-right:8px;overflow:hidden}
.traced .bar i{display:block;height:100%;background:var(--good)}
table.list{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
table.numbers{width:100%}
table.list th{color:var(--pale);font-weight:600;text-align:left}
table.list th,table.list td{padding:4px 14px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
table.list .right{text-align:right}
table.list th,table.list td{white-space:nowrap}
table.numbers td:last-child{white-space:normal;min-width:180px;width:60%}
table.list tfoot td{font-weight:600;border-bottom:0}
.scroll{overflow-x:auto}
"""

_STEPS = """
details{margin:0}
summary{cursor:pointer}
.step{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:8px 0}
.step>summary{display:flex;gap:10px;padding:9px 14px;list-style:none;align-items:baseline}
.step>summary::-webkit-details-marker{display:none}
.step>summary::after{content:"";margin-left:auto;flex:none;width:7px;height:7px;align-self:center;
border:solid var(--pale);border-width:0 1.5px 1.5px 0;transform:rotate(45deg) translateY(-2px)}
.step[open]>summary::after{transform:rotate(-135deg) translateY(-2px)}
.step>summary .sign{flex:none;font-weight:700}
.step>summary .sign.done{color:var(--good)}
.step>summary .sign.failed,.step>summary .sign.broken{color:var(--bad)}
.step>summary .sign.running,.step>summary .sign.waiting{color:var(--warn)}
.step>summary .n{flex:none;color:var(--pale);font-variant-numeric:tabular-nums;min-width:1.2em;
text-align:right}
.step>summary .aside{color:var(--pale);font-size:13px;white-space:nowrap;overflow:hidden;
text-overflow:ellipsis}
.step>.inside{padding:2px 18px 14px;border-top:1px solid var(--line);font-size:14px}
.call{margin:12px 0 0;scroll-margin-top:12px}
.call pre{overflow-x:auto}
.call img{border-radius:8px;margin-top:6px;background:#fff}
.rows{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:6px 0}
.rows th{color:var(--pale);font-weight:600}
.rows th,.rows td{padding:3px 16px 3px 4px;border-bottom:1px solid var(--line);text-align:left;
white-space:pre;
max-width:420px;overflow:hidden;text-overflow:ellipsis;scroll-margin-top:60px}
.rows .right{text-align:right}
.rows td.cited{box-shadow:inset 0 -2px 0 var(--accent)}
:target{background:var(--target)}
.step:target{outline:2px solid var(--accent);background:var(--card)}
.saw{margin-top:14px;border-top:1px dashed var(--line);padding-top:10px}
.saw>summary{color:var(--pale)}
.item{border-bottom:1px solid var(--line);font-size:13px}
.item>summary,.item.flat{display:grid;grid-template-columns:92px minmax(0,1fr) auto;gap:10px;padding:4px 0;
align-items:baseline}
.item .kind{color:var(--pale)}
.item .tokens{font-variant-numeric:tabular-nums;text-align:right;color:var(--pale);min-width:64px}
.item .receipt{display:block;color:var(--warn);font-size:12px}
.item pre,.wire pre{max-height:420px;overflow:auto}
.weight{display:block;height:3px;border-radius:2px;background:var(--model);opacity:.55;margin-top:2px}
"""

_TIMES = """
.times{display:grid;grid-template-columns:auto minmax(0,1fr) auto;gap:5px 12px;font-size:13px;
align-items:center}
.times a{text-decoration:none;max-width:40vw;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.times .bar{position:relative;height:12px;background:var(--paper);border-radius:4px;overflow:hidden}
.times .bar i{position:absolute;top:0;bottom:0;min-width:2px;border-radius:2px}
.model{background:var(--model)}.tool{background:var(--tool)}.rest{background:var(--pale);opacity:.35}
.key{display:inline-block;width:9px;height:9px;border-radius:2px;margin:0 5px 0 14px}
.times .took{text-align:right;font-variant-numeric:tabular-nums;color:var(--pale)}
.about{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 18px;font-size:13px;margin:0}
.about dt{color:var(--pale)}.about dd{margin:0}
@media (max-width:600px){main{padding:20px 14px 40px}h1{font-size:21px}.answer{padding:14px 15px;
font-size:15px}
.step>.inside{padding:2px 12px 12px}.step>summary{flex-wrap:wrap;padding:9px 11px}
.step>summary .aside{order:3;flex-basis:100%;padding-left:44px}
.item>summary,.item.flat{grid-template-columns:70px minmax(0,1fr) auto}}
@media print{body{font-size:11pt;background:#fff}main{max-width:none;padding:0}.answer{box-shadow:none}
.step,.answer,tr,.call pre{break-inside:avoid}.step::details-content{content-visibility:visible;
display:block}
.saw,.step>summary::after{display:none}.item pre,.wire pre{max-height:none}
a{color:inherit}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""

STYLE = "".join((_COLOURS, _PAGE, _NUMBERS, _STEPS, _TIMES)).replace("\n", "")
