// Charts with a cursor and a zoom. The server draws each chart as SVG and puts
// its figures into data-plot; here uPlot draws them again over it. Drag to zoom,
// double click to see all again: all charts of a page follow, and the address
// keeps it as zoom=from-to, in Unix seconds. Without this script the SVG stays.

const source = document.querySelector('script[data-uplot]')?.dataset.uplot;
const plots = new Map(); // chart element to {u, text}
let loading;

const load = () => (loading ??= new Promise((resolve, reject) => {
  const script = document.createElement('script');
  script.src = source;
  script.onload = () => resolve(window.uPlot);
  script.onerror = reject;
  document.head.append(script);
}));

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function write(value, unit) {
  if (!value) return value === 0 ? '0' : '–';
  if (unit === 'ms') return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value < 1 ? value.toFixed(1) : Math.round(value)} ms`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} /s`;
}

const utc = () => document.documentElement.dataset.zone !== 'local';
function clock(seconds, withSeconds) {
  const options = { hour: '2-digit', minute: '2-digit', second: withSeconds ? '2-digit' : undefined, timeZone: utc() ? 'UTC' : undefined };
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', options);
}

// What a drawn line looks like is in the style sheet: a line of the SVG tells.
function look(chart, line) {
  const path = chart.querySelector(`.chart-p svg path.${line.class.split(' ').at(-1)}`);
  const probe = path ?? document.createElementNS('http://www.w3.org/2000/svg', 'path');
  if (!path) {
    probe.setAttribute('class', line.class);
    chart.querySelector('.chart-p svg').append(probe);
  }
  const style = getComputedStyle(probe);
  const dash = style.strokeDasharray === 'none' ? undefined : style.strokeDasharray.split(/[ ,]+/).map(parseFloat);
  const out = line.bar ? { fill: style.fill, width: 0, paths: window.uPlot.paths.bars({ size: [0.9, 40], gap: 0 }) } : { stroke: style.stroke, dash, width: 1.6 };
  if (!path) probe.remove();
  return { ...out, label: line.name, points: { show: false }, spanGaps: false };
}

// Values stand in the middle of their steps; the axis reaches from the begin of
// the first to the end of the last.
function columns({ start, step, lines }) {
  const n = Math.max(...lines.map((line) => line.values.length));
  const x = Array.from({ length: n }, (_, i) => start + (i + 0.5) * step);
  return [[start, ...x, start + n * step], ...lines.map((line) => [undefined, ...line.values, undefined])];
}

// Ticks are where the server sets them in ui.Axis, also in a zoom.
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
function ticks(min, max) {
  const [most, free] = innerWidth <= 760 ? [4, 0.1] : [8, 0.05];
  const step = STEPS.find((s) => max - min <= s * (most + (s >= 60))) ?? STEPS.at(-1);
  const out = [];
  for (let at = Math.ceil(min / step) * step; at < max; at += step) {
    const place = (at - min) / (max - min);
    if (place >= free && place <= 1 - free) out.push(at);
  }
  return out;
}

// Steps without data are hatched, so that a gap is seen as one.
function hatch(u, { gaps = [], start, step }) {
  const { ctx, bbox } = u;
  const at = (i) => Math.min(Math.max(u.valToPos(start + i * step, 'x', true), bbox.left), bbox.left + bbox.width);
  ctx.save();
  ctx.setLineDash([]); // not that of the last line
  ctx.strokeStyle = color('--line-strong');
  for (let k = 0; k < gaps.length; k += 1) {
    const first = gaps[k];
    while (gaps[k + 1] === gaps[k] + 1) k += 1;
    const [from, to] = [at(first), at(gaps[k] + 1)];
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, to - from, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += 8 * devicePixelRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

// Events are named, placed and folded as ui.PlaceEvents does it.
function together(list) {
  const [a, b] = list;
  const same = (key) => list.every((m) => m[key] === a[key]);
  let n = 0;
  for (const m of list) n += m.n;
  if (n === 1) return a.label;
  if (a.label && same('label')) return `${a.label} \u00d7${n}`;
  if (n === 2 && b && same('name')) return `${a.label}, ${b.what}`;
  return `${n} ${same('many') ? a.many : 'events'}`;
}

function place(list, from, to, width) {
  const label = together(list);
  const w = Math.min((label.length * 7 + 10) / width, 1);
  const flip = from > 0.8 || from + w > 1;
  const left = Math.max(flip ? from - w : from, 0);
  return { list, from, to, left, w, flipped: flip && from >= w, label };
}

const end = (m) => Math.max(m.left + m.w, m.to);

function folded(marks, width) {
  const out = [];
  for (const mark of marks) {
    let m = place([mark], mark.x, mark.x, width);
    const begin = () => Math.min(m.left, m.from);
    while (out.length && end(out.at(-1)) > begin()) {
      const before = out.pop();
      const left = before.from - before.w;
      if (left >= (out.length && end(out.at(-1))) && before.to <= begin() && m.from - before.to >= 16 / width) {
        out.push({ ...before, left, flipped: true });
        break;
      }
      m = place([...before.list, ...m.list], before.from, m.to, width);
    }
    out.push(m);
  }
  return out;
}

function events(u, { marks = [] }) {
  const { ctx, bbox: { left, top, width, height }, scales: { x: { min, max } } } = u;
  const px = devicePixelRatio;
  const shown = marks.map((m) => ({ ...m, x: (m.at - min) / (max - min) })).filter(({ x }) => x >= 0 && x < 1);
  ctx.save();
  ctx.font = `500 ${11 * px}px ${getComputedStyle(document.body).fontFamily}`;
  ctx.lineJoin = 'round';
  ctx.lineWidth = 1.5 * px;
  ctx.setLineDash([2 * px, 2 * px]);
  const last = {};
  for (const { x, status } of shown) {
    if (x - last[status] < 0.004) continue;
    last[status] = x;
    ctx.strokeStyle = color(`--${status}`);
    ctx.beginPath();
    ctx.moveTo(left + x * width, top);
    ctx.lineTo(left + x * width, top + height);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.lineWidth = 5 * px;
  ctx.strokeStyle = color('--surface');
  for (const m of folded(shown, u.width < 492 ? 220 : u.width < 772 ? 440 : 720)) {
    const text = [m.label, left + (m.flipped ? m.from : m.left) * width + (m.flipped ? -4 : 4) * px, top + 9 * px, m.label.length * 7 * px];
    ctx.textAlign = m.flipped ? 'right' : 'left';
    ctx.fillStyle = color(`--${(m.list.find(({ status }) => status === 'open') ?? m.list[0]).status}`);
    ctx.fillRect(left + m.from * width, top - 3 * px, (m.to - m.from) * width, 2 * px);
    ctx.strokeText(...text);
    ctx.fillText(...text);
  }
  ctx.restore();
}

function tooltip(u, data) {
  const box = document.createElement('div');
  box.className = 'plot-tip num';
  box.hidden = true;
  u.over.append(box);
  return () => {
    box.hidden = u.cursor.idx == null || u.cursor.left < 0;
    if (box.hidden) return;
    const i = Math.min(Math.max(u.cursor.idx, 1), u.data[0].length - 2);
    const { lines, marks = [], step, unit } = data();
    const from = u.data[0][i] - step / 2;
    const rows = lines.map((line, k) => {
      let value = u.data[k + 1][i];
      if (line.bar && line.name === 'failed' && u.data[k + 2][i] != null) value = (value ?? u.data[k + 2][i]) - u.data[k + 2][i];
      return `${line.name} ${write(value, unit)}`;
    });
    for (const m of marks) if (m.at >= from && m.at < from + step) rows.push(`${clock(m.at, true)} ${together([m])}`);
    box.textContent = [clock(from, step < 60), ...rows].join('\n');
    const right = u.cursor.left > u.over.clientWidth / 2;
    box.classList.toggle('left', right);
    box.style.transform = `translateX(${Math.round(u.cursor.left)}px)${right ? ' translateX(calc(-100% - 10px))' : ' translateX(10px)'}`;
  };
}

const zoomed = (u) => {
  const x = u.data[0];
  return u.scales.x.min > x[0] || u.scales.x.max < x.at(-1);
};

function follow(u) {
  const { min, max } = u.scales.x;
  const near = zoomed(u);
  for (const { u: other } of plots.values()) {
    const x = other.data[0];
    if (other !== u) other.setScale('x', near ? { min, max } : { min: x[0], max: x.at(-1) });
  }
  const address = new URL(location);
  address.searchParams.delete('zoom');
  if (near) address.searchParams.set('zoom', `${Math.round(min)}-${Math.round(max)}`);
  if (address.href !== location.href) history.replaceState(history.state, '', address);
}

// As the address says, unless the chart has gone past it.
function restore(u) {
  const [min, max] = new URLSearchParams(location.search).get('zoom')?.split('-').map(Number) ?? [];
  const x = u.data[0];
  if (min < max && max > x[0] && min < x.at(-1)) u.setScale('x', { min, max });
}

function mount(chart) {
  let data = JSON.parse(chart.dataset.plot);
  const box = document.createElement('div');
  box.className = 'plot';
  box.setAttribute('aria-hidden', 'true');
  chart.append(box);
  const axis = { stroke: color('--text-3'), font: `11px ${getComputedStyle(document.body).fontFamily}`, grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
  let show = () => {};
  let ready = false;
  const u = new window.uPlot({
    width: chart.clientWidth,
    height: chart.clientHeight,
    padding: [6, 0, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'page' }, drag: { x: true, y: false }, points: { size: 6 }, y: false },
    scales: { x: { time: true }, y: { range: (_, lo, hi) => [0, (hi || 1) * 1.1] } },
    axes: [
      {
        ...axis, size: 20, gap: 4, grid: { show: false }, ticks: { stroke: color('--line-strong'), width: 1, size: 3 },
        splits: (_, axisIndex, min, max) => ticks(min, max), values: (_, splits) => splits.map((t) => clock(t, splits.some((at) => at % 60))),
      },
      { ...axis, size: 52, values: (_, splits) => splits.map((v) => write(v, data.unit)), space: 34 },
    ],
    series: [{}, ...data.lines.map((line) => look(chart, line))],
    hooks: { drawClear: [(self) => hatch(self, data)], draw: [(self) => events(self, data)], setCursor: [() => show()], setScale: [(self, key) => key === 'x' && ready && follow(self)] },
  }, columns(data), box);
  show = tooltip(u, () => data);
  restore(u);
  ready = true;
  return { u, text: chart.dataset.plot, set(text) { this.text = text; data = JSON.parse(text); } };
}

function update(chart, plot) {
  if (plot.text === chart.dataset.plot) return;
  plot.set(chart.dataset.plot);
  const next = columns(JSON.parse(chart.dataset.plot));
  if (next.length !== plot.u.data.length) {
    remove(chart, plot);
    plots.set(chart, mount(chart));
    return;
  }
  plot.u.setData(next, !zoomed(plot.u) || plot.u.scales.x.max <= next[0][0]);
  if (zoomed(plot.u)) plot.u.redraw();
}

function remove(chart, plot) {
  plot.u.destroy();
  chart.querySelector('.plot')?.remove();
  plots.delete(chart);
}

async function draw() {
  for (const [chart, plot] of plots) if (!chart.isConnected) remove(chart, plot);
  const charts = document.querySelectorAll('.chart[data-plot]');
  if (charts.length === 0 || !source) return;
  await load();
  for (const chart of charts) {
    if (chart.clientWidth === 0) continue;
    const plot = plots.get(chart);
    if (plot) update(chart, plot);
    else plots.set(chart, mount(chart));
  }
}

function again() {
  for (const [chart, plot] of [...plots]) remove(chart, plot);
  draw();
}

// A swap keeps what this script added to a chart.
window.addEventListener('DOMContentLoaded', () => {
  const callbacks = window.Idiomorph?.defaults.callbacks;
  if (!callbacks) return;
  callbacks.beforeNodeRemoved = (node) => !(node instanceof HTMLElement && node.classList.contains('plot') && node.parentElement?.dataset.plot);
});
document.body.addEventListener('htmx:afterSettle', draw);
new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-zone'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
let resizing;
addEventListener('resize', () => {
  clearTimeout(resizing);
  resizing = setTimeout(again, 150);
});
draw();
