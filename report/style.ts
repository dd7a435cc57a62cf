/** The page's look: light and dark by the reader's setting, always light on paper; system fonts, nothing to fetch. */

const LIGHT =
  '--page:#fbfbfa;--card:#fff;--ink:#1b1f24;--soft:#59636e;--line:#d9dee3;--good:#14703a;--bad:#b3261e;--warn:#8a5300;--quiet:#59636e;--good-bg:#e8f5ec;--bad-bg:#fdecea;--warn-bg:#fdf3e1;--quiet-bg:#f1f3f5;';
const DARK =
  '--page:#14171a;--card:#1c2024;--ink:#e7eaed;--soft:#9aa5b1;--line:#353c44;--good:#6fd08c;--bad:#ff9a8f;--warn:#f2b95c;--quiet:#9aa5b1;--good-bg:#16301f;--bad-bg:#3b1d1b;--warn-bg:#362811;--quiet-bg:#252b31;';

const TONES = ['good', 'bad', 'warn', 'quiet']
  .map(
    (tone) =>
      `.status.${tone},.mark.${tone}{color:var(--${tone});background:var(--${tone}-bg)}` +
      `.callout.${tone}{border-color:var(--${tone});background:var(--${tone}-bg)}.callout.${tone} .callout-title{color:var(--${tone})}` +
      `.figure.${tone} .verdict{color:var(--${tone})}.figure.${tone}{border-top-color:var(--${tone})}`,
  )
  .join('\n');

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:28px;line-height:1.2;margin:8px 0 4px;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 12px;padding-bottom:6px;border-bottom:1px solid var(--line)}
p{margin:0 0 10px;overflow-wrap:anywhere}
code{font:.86em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;background:var(--quiet-bg);border-radius:4px;padding:1px 5px;overflow-wrap:anywhere}
.subtitle{color:var(--soft);display:flex;flex-wrap:wrap;gap:2px 18px}
.status,.mark{display:inline-block;font-weight:600;border-radius:5px;padding:1px 8px}
.status{font-size:14px;padding:3px 10px;margin:0}
.mark{font-size:.88em;white-space:nowrap}
.callout{border-left:4px solid;border-radius:4px;padding:12px 16px;margin:0 0 12px}
.callout p{margin:0}.callout-title{font-weight:700}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:14px}
.figure{background:var(--card);border:1px solid var(--line);border-top:3px solid;border-radius:6px;padding:14px 16px}
.figure p{margin:0}.figure .label{color:var(--soft);font-size:14px}.figure .value{font-size:26px;font-weight:650;line-height:1.35}.figure .verdict{font-size:14px}
dl{display:grid;grid-template-columns:minmax(130px,max-content) 1fr;gap:6px 20px;margin:0 0 12px}
dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
ul{margin:0 0 12px;padding-left:22px}
.figures + dl{margin-top:20px}
.table{overflow-x:auto}
.table + .table{margin-top:24px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;vertical-align:top;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:600;font-size:13px}
td.short{white-space:nowrap;font-variant-numeric:tabular-nums;overflow-wrap:normal}
tr.group th{padding-top:16px;font-weight:650;border-bottom-color:var(--soft)}
tr.bad td{background:var(--bad-bg)}tr.warn td{background:var(--warn-bg)}
tr.bad td:first-child,tr.warn td:first-child{padding-left:8px}
.picture{margin:0;overflow-x:auto}
.picture svg{display:block;width:100%;min-width:760px;height:auto}
${TONES}
@media (max-width:640px){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
@media print{
:root{color-scheme:light;${LIGHT}}
@page{margin:14mm}
body{font-size:10.5pt;background:#fff}
main{max-width:none;padding:0}
h2{break-after:avoid}
tr,.callout,.figure,.picture{break-inside:avoid}
thead{display:table-header-group}
.table,.picture{overflow:visible}
.picture svg{min-width:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`.trim();
