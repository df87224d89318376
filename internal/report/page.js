// Values and zoom of plots, sorting of tables: nobody needs them to read the page.
const {abs, max, min} = Math;
const all = (root, css) => [...root.querySelectorAll(css)];
const time = {ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 6e10, h: 3.6e12, d: 8.64e13};
const num = (e, name) => +e.getAttribute(name);
const short = v => +v.toPrecision(4);
const near = (list, far) => list.reduce((a, b) => far(b) < far(a) ? b : a, list[0]);
const el = (under, tag, attrs, text) => {
  const e = under.appendChild(document.createElementNS(under.namespaceURI, tag));
  for (const k in attrs) e.setAttribute(k, attrs[k]);
  e.textContent = text;
  return e;
};

// axis reads "pixel pixel value value factor unit [log]".
function axis(text) {
  const [p, q, v, w, f, unit, log] = text.split(' ').map((s, i) => i < 5 ? +s : s);
  return {p, q, unit,
    value: px => { const t = (px - p) / (q - p); return log ? v * (w / v) ** t : v + t * (w - v); },
    print: v => {
      let u = unit || '', by = f;
      if (u == 'ns') by = time[u = ['s', 'ms', 'us'].find(k => v >= time[k]) || u];
      const k = 'kMGT'.indexOf(u[0]) + 1;
      return short(v / by) + ' ' + u + (k && u.endsWith('B/s') ? ` (${short(v / 1024 ** k)} ${u[0].toUpperCase()}iB/s)` : '');
    }};
}

// stopsOf finds what can be read in a drawing: the points of its lines, or its bars and
// dots. An arc counts as its end; data-dots is what to say of each dot before its value. Of
// plots one below the other data-y has an axis each, and data-strips "title;ink line;ink line".
function stopsOf(svg) {
  const x = axis(svg.dataset.x), ys = svg.dataset.y.split('|').map(axis), y = ys[0];
  const strips = svg.dataset.strips?.split('|').map(s => s.split(';'));
  const texts = all(svg, 'text').map(e => ({e, x: num(e, 'x'), y: num(e, 'y'), w: num(e, 'textLength')}));
  const label = (list, far) => { const t = near(list, far); return t && far(t) < 12 ? t.e.textContent + ': ' : ''; };
  const labelX = px => x.unit ? x.print(x.value(px)) + ': ' : label(texts.filter(t => t.y > y.p), t => abs(t.x + t.w / 2 - px));
  const labelY = py => label(texts.filter(t => t.x + t.w < x.p), t => abs(t.y - 4 - py));
  const name = ink => {
    const e = svg.closest('figure').querySelector('.b-' + ink) || svg.querySelector('.b.f-' + ink);
    return e ? (e.nextSibling || e).textContent.trim() + ' ' : '';
  };
  const shapes = all(svg, 'path:not([stroke-dasharray],.s-grid,.f-band)').map(e => {
    const n = e.getAttribute('d').replace(/A(\S+ ){5}/g, ' ').match(/-?[\d.]+|[CQ]/g);
    const pts = n.flatMap((v, i) => i % 2 ? [[+n[i - 1], +v]] : []);
    const row = ys.findIndex(y => pts.every(([a, b]) => a > x.p - 2 && a < x.q + 2 && b < y.p + 2 && b > y.q - 2));
    return {pts, row, line: e.classList[0][0] == 's', ink: e.classList[0].slice(2)};
  }).filter(s => s.row >= 0);
  let lines = shapes.filter(s => s.line && s.pts[2]).reverse().sort((a, b) => a.row - b.row);
  // Lines of one ink in a strip can't be told apart.
  if (strips) lines = lines.filter(l => !lines.some(m => m != l && m.row == l.row && m.ink == l.ink));
  if (lines[0]) {
    const base = near(lines, l => -l.pts.length).pts;
    const gap = l => max(4, (l.pts.at(-1)[0] - l.pts[0][0]) / (l.pts.length - 1));
    // Steps have two points at one place: of lines that go together the same one is read.
    const point = (l, px, i) => abs(l.pts[i]?.[0] - px) < 1 ? l.pts[i] : near(l.pts, p => abs(p[0] - px));
    const word = l => strips?.[l.row].find(s => s.startsWith(l.ink + ' '))?.slice(l.ink.length + 1).concat(' ') || name(l.ink);
    return base.map(([px], i) => {
      const hits = lines.map(l => ({l, at: point(l, px, i)})).filter(h => abs(h.at[0] - px) < gap(h.l));
      const say = ({l, at}, j) => (strips && hits[j - 1]?.l.row != l.row ? strips[l.row][0] + ': ' : '') + word(l) + ys[l.row].print(ys[l.row].value(at[1]));
      return {at: hits.map(h => h.at), text: labelX(px) + hits.map(say).join(' · ')};
    });
  }
  const dots = svg.dataset.dots?.split('|');
  return shapes.filter(s => !s.line && s.pts[2] && !s.pts[4] && (x.unit || y.unit)).map(({pts, ink}, i) => {
    const a = pts[0], b = pts[pts.length >> 1], mid = [0, 1].map(k => (a[k] + b[k]) / 2), who = dots?.[i] || '';
    const low = max(a[1], b[1]), high = min(a[1], b[1]),
      value = low - high < 3 ? y.value(mid[1]) : y.value(high) - (low > y.p - 1 ? 0 : y.value(low));
    return {at: [mid], by: pts[3] ? 99 : 1, text: y.unit ? (who || labelX(mid[0])) + name(ink) + y.print(value) : labelY(mid[1]) + who + name(ink) + x.print(pts[3] ? abs(x.value(a[0]) - x.value(b[0])) : x.value(mid[0]))};
  });
}

let hint = 'Point at a plot or move its slider to read values.';
for (const plot of all(document, '.plot')) {
  const views = all(plot, 'svg[data-x]').map(svg => ({svg, stops: stopsOf(svg), size: svg.getAttribute('viewBox').split(' ').slice(2), mark: el(svg, 'g', {})}));
  if (!views[0]?.stops[0]) continue;
  const title = plot.querySelector('title').textContent;
  const bar = el(plot, 'div', {class: 'tools'});
  const knob = el(bar, 'input', {type: 'range', max: views[0].stops.length - 1, value: 0, 'aria-label': 'Values of: ' + title});
  let by = 1;
  const show = (i, pan) => {
    knob.value = i;
    knob.ariaValueText = out.textContent = views[0].stops[i].text;
    views.forEach(v => {
      const [w, h] = v.size, s = v.stops[i], [px, py] = s.at[0];
      v.mark.textContent = '';
      for (const p of s.at) el(v.mark, 'circle', {class: 'f-fg', cx: p[0], cy: p[1], r: 4 / by});
      if (!pan) return;
      const put = (c, size) => min(max(c - size / by / 2, 0), size - size / by);
      v.svg.setAttribute('viewBox', `${put(px, w)} ${put(py, h)} ${w / by} ${h / by}`);
      v.svg.classList.toggle('zoomed', by > 1);
    });
  };
  const button = (text, label, next) => {
    el(bar, 'button', {type: 'button', 'aria-label': label + ': ' + title}, text).onclick = () => { by = next(); show(+knob.value, true); };
  };
  // Strips, of which zooming would hide all but the first, are read as a whole.
  if (!views[0].svg.dataset.strips) {
    button('+', 'Zoom in', () => min(by * 2, 16));
    button('−', 'Zoom out', () => max(by / 2, 1));
  }
  const out = el(bar, 'span', {}, hint);
  hint = '';
  knob.oninput = () => show(+knob.value, true);
  for (const v of views) v.svg.onpointermove = e => {
    const m = v.svg.getScreenCTM(), px = (e.clientX - m.e) / m.a, py = (e.clientY - m.f) / m.d;
    show(v.stops.indexOf(near(v.stops, s => abs(s.at[0][0] - px) + (s.at[1] ? 0 : abs(s.at[0][1] - py) / (s.by || 99)))));
  };
}

// key orders numbers by what they amount to, before texts: "1 min 30 s" after "89 s".
function key(cell) {
  const text = cell?.textContent.trim() || '';
  let sum;
  for (const [, n, u] of text.replace(/,(?=\d{3})/g, '').split('(')[0].matchAll(/(-?[\d.]+)\s*([a-z]*)/gi)) {
    if (sum != null && !time[u]) break;
    sum = (sum || 0) + n * (time[u] || (/^\w?i?B/.test(u) ? (u[1] == 'i' ? 1024 : 1000) ** 'BkMGTP'.indexOf(u[0].replace('K', 'k')) : 1));
  }
  return /^[±≥<]?\s*[-+]?\d/.test(text) ? [0, sum, text] : [text ? 1 : 2, 0, text];
}
for (const th of all(document, 'thead th')) {
  const body = th.closest('table').tBodies[0], text = th.firstChild;
  if (!body.rows[2]) continue;
  const button = el(th, 'button', {type: 'button'}, text.textContent);
  text.replaceWith(button);
  button.onclick = () => {
    const down = th.ariaSort == 'ascending';
    all(th.parentNode, 'th').forEach(e => { e.ariaSort = null; });
    th.ariaSort = down ? 'descending' : 'ascending';
    const of = row => key(row.cells[th.cellIndex]);
    const order = ([a, b, c], [d, e, f]) => a - d || b - e || c.localeCompare(f, 'en', {numeric: true});
    body.append(...[...body.rows].sort((a, b) => (down ? -1 : 1) * order(of(a), of(b))));
  };
}
addEventListener('beforeprint', () => all(document, 'details').forEach(d => { d.open = true; }));
