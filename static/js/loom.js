// The topology drawing. The server sends it once; from then on it sends states
// and figures, and this module sets icons, texts, widths and ribbons. Nothing
// is added, removed or moved. It also moves the focus by arrow keys and shows what
// belongs to a node.

const svg = document.querySelector('svg[data-loom]');
if (svg) weave(svg.closest('section'));

function weave(panel) {
  const { dataset } = svg;
  const all = (selector, within = svg) => [...within.querySelectorAll(selector)];
  const dense = svg.classList.contains('dense');
  const most = Number(dataset.most);
  const edge = Number(dataset.edge);
  const key = new Map(all('[data-n]', panel).map((a) => [a.dataset.n, a]));
  const rank = [...key.keys()]; // the legend has them worst first
  const heads = all('.hd');
  const chains = all('.ch');
  const regions = all('.rg');
  const links = all('a[data-c][data-j]');
  const rows = all('g[data-c]').map((g, i) => ({
    g,
    chain: chains[i],
    links: links.filter((a) => Number(a.dataset.c) === i),
    rails: all('.rail', g),
    flows: all('.flow', g),
  }));
  const tip = panel.querySelector('[data-tip]');
  const first = new Map();
  const ask = () => document.body.dispatchEvent(new CustomEvent('live:ask', { cancelable: true, detail: panel }));
  const tell = (status, id) => document.body.dispatchEvent(new CustomEvent('live:answer', { detail: [panel, status, id] }));
  let latest;

  const set = (node, name, value) => {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  };
  const write = (node, value) => {
    if (node && node.textContent !== String(value)) node.textContent = value;
  };
  const tenth = (n) => Math.round(n * 10) / 10;
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const percent = (s) => (s > 0 && s < 5 ? '<1 %' : `${Math.round(s / 10)} %`);
  const millis = (ms) => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`);
  const word = (status) => key.get(status).querySelector('span').textContent;
  const pick = (list) => list.reduce((a, b) => (rank.indexOf(b[0]) < rank.indexOf(a[0]) ? b : a));

  function paint(node, status) {
    const use = node.querySelector('use');
    if (use.getAttribute('href') === `#s-${status}`) return false;
    use.setAttribute('href', `#s-${status}`);
    node.setAttribute('class', node.getAttribute('class').replace(/st-\w+/, `st-${status}`));
    return true;
  }

  // What is known of a link, or of all behind one of the last column.
  function state(link) {
    if (link.dataset.k) return latest.l[link.dataset.k];
    const list = link.dataset.of.split('\n').map((k) => latest.l[k]).filter(Boolean);
    if (list.length === 0) return undefined;
    const [status] = pick(list);
    return [status, sum(list.map((l) => l[1])), 0];
  }

  const name = (link) => `${heads[link.dataset.j].dataset.p} on ${chains[link.dataset.c].dataset.p}`;

  function drawLink(link) {
    const now = state(link);
    if (!now) return 0;
    const [status, share, , part, reason] = now;
    if (!first.has(link)) first.set(link, link.getAttribute('class').match(/st-(\w+)/)[1]);
    if (paint(link, status)) {
      link.classList.toggle('off', dataset.only !== '' && dataset.only !== status);
      link.classList.add('ring');
      setTimeout(() => link.classList.remove('ring'), 600);
    }
    let label = '';
    if (dense) {
      set(link.querySelector('circle'), 'r', share >= 150 ? 4.2 : share > 0 ? 3 : 2.2);
    } else {
      label = status === 'ok' ? percent(share) : [key.get(status).dataset.w, part].filter(Boolean).join(' ');
      write(link.querySelector('text'), label);
    }
    set(link, 'aria-label', [label, name(link), word(status).toLowerCase(), reason].filter(Boolean).join(', '));
    return share / 1000;
  }

  function drawChain(row) {
    const { chain } = row;
    const now = latest.c[chain.dataset.id];
    if (!now) return;
    const [status, down, ok, n, under, rate, ratio] = now;
    paint(chain, status);
    chain.classList.toggle('down', down === 1);
    write(chain.querySelector('[data-ok]'), `${ok}/${n}`);
    write(chain.querySelector('[data-head]'), under);
    write(chain.querySelector('[data-rate]'), dense ? rate : `${rate}/s`);
    const cut = chain.dataset.seen;
    const seen = dense ? `${ok}/${n} ${rate}` : `${ok}/${n} ${under} ${rate}/s`;
    set(chain, 'aria-label', `${cut ?? chain.dataset.p} ${seen}: ${cut ? `${chain.dataset.p}, ` : ''}${ok} of ${n} links healthy, ${rate} requests per second`);
    // The rail thins as traffic leaves it.
    let left = ratio > 0 ? 1 : 0;
    let last = -2; // the column whose status was written under its rail last
    row.links.forEach((link, i) => {
      const empty = left <= 0.005;
      set(row.rails[i], 'stroke-width', empty ? 1 : tenth(Math.max(1, most * ratio * left)));
      row.rails[i].classList.toggle('empty', empty);
      left = Math.max(0, left - drawLink(link));
      const column = link.classList.contains('st-ok') ? -2 : Number(link.dataset.j);
      const up = 'up' in dataset && column > 0 && column === last + 1;
      link.classList.toggle('up', up);
      last = up ? -2 : column;
    });
  }

  const ratios = (row) => latest.c[row.chain.dataset.id]?.[7] ?? [];

  // Ribbons keep their places at both ends; what changes is how they stack.
  function drawRibbons() {
    const cut = regions.map((a) => latest.r[a.dataset.g]?.[0] === 1);
    const widths = rows.map((row) => row.flows.map((flow, r) => {
      flow.classList.toggle('cut', cut[r]);
      return cut[r] || flow.classList.contains('off') ? 1 : Math.max(1, most * (ratios(row)[r] ?? 0));
    }));
    const starts = regions.map((a, r) => Number(a.dataset.y) - sum(widths.map((w) => w[r])) / 2);
    rows.forEach((row, i) => {
      let y = Number(row.chain.dataset.y) - sum(widths[i]) / 2;
      row.flows.forEach((flow, r) => {
        const w = widths[i][r];
        const from = tenth(starts[r] + w / 2);
        const to = tenth(y + w / 2);
        const middle = (136 + edge) / 2;
        starts[r] += w;
        y += w;
        set(flow, 'stroke-width', tenth(w));
        set(flow, 'd', `M136 ${from}C${middle} ${from} ${middle} ${to} ${edge} ${to}`);
      });
    });
  }

  function drawBars() {
    const names = Object.keys(latest.r);
    for (const row of rows) {
      const parts = ratios(row).map((p, r) => (latest.r[names[r]][0] ? 0 : p));
      const total = sum(parts);
      let x = 258;
      all('[data-b]', row.chain).forEach((rect, r) => {
        const w = total > 0 ? (34 * parts[r]) / total : 0;
        set(rect, 'x', tenth(x));
        set(rect, 'width', tenth(Math.max(0, w - 1)));
        x += w;
      });
    }
  }

  function drawHead(head) {
    const of = head.dataset.of ? head.dataset.of.split('\n') : [head.dataset.p];
    const list = of.map((p) => latest.p[p]).filter(Boolean);
    if (list.length === 0) return;
    const [status] = pick(list);
    const bad = sum(list.map((p) => p[1]));
    const n = sum(list.map((p) => p[2]));
    paint(head, status);
    const out = sum(list.map((p) => p[3]));
    const under = bad > 0 ? `${bad} of ${n}` : out > 0 ? `${out < n ? `${out} ` : ''}drained` : `${n} ${n === 1 ? 'chain' : 'chains'}`;
    write(head.querySelector('.t-sub'), under);
    const cut = head.dataset.seen;
    const seen = `${cut ?? head.dataset.p}${dense ? '' : ` ${under}`}${cut ? `, ${head.dataset.p}` : ''}`;
    set(head, 'aria-label', bad > 0 ? `${seen}, ${bad} of ${n} need attention, worst ${word(status).toLowerCase()}` : out > 0 && !dense ? seen : `${seen}, ${word(status).toLowerCase()}`);
  }

  function drawRegion(region) {
    const now = latest.r[region.dataset.g];
    if (!now) return;
    paint(region, now[0] ? 'open' : 'ok');
    const under = now[0] ? 'Unreachable' : `${now[1]} req/s`;
    write(region.querySelector('.t-sub'), under);
    const was = region.getAttribute('aria-label');
    set(region, 'aria-label', `${region.dataset.g} ${under}${was.slice(was.lastIndexOf(', '))}`);
  }

  // The list of a narrow screen.
  function drawLanes() {
    for (const lane of all('[data-lane]', panel)) {
      const now = latest.c[lane.dataset.lane];
      if (!now) continue;
      paint(lane.querySelector('svg'), now[0]);
      write(lane.querySelector('.vh'), `${word(now[0])}:`);
      write(lane.querySelector('[data-ok]'), now[2]);
      write(lane.nextElementSibling, `${now[5]}/s`);
    }
    for (const cell of all('[data-cell]', panel)) {
      const now = latest.l[cell.dataset.cell];
      if (!now) continue;
      paint(cell.querySelector('svg'), now[0]);
      write(cell.querySelector('.num'), percent(now[1]));
      set(cell, 'aria-label', `${percent(now[1])} ${cell.dataset.p}, ${word(now[0]).toLowerCase()}`);
    }
  }

  function drawKey() {
    const counts = {};
    for (const [status] of Object.values(latest.l)) counts[status] = (counts[status] ?? 0) + 1;
    for (const [status, a] of key) {
      write(a.querySelector('b'), (counts[status] ?? 0).toLocaleString('en'));
      a.classList.toggle('none', !counts[status]);
    }
    write(panel.querySelector('[data-busiest]'), latest.b);
    const lack = panel.querySelector('[data-lack]');
    lack.hidden = latest.w === '';
    lack.className = latest.w ? 'lack num' : '';
    if (latest.w) write(lack.querySelector('span'), latest.w);
    const more = svg.querySelector('[data-more]');
    if (!more) return;
    const ids = more.dataset.more.split(' ');
    const bad = ids.filter((id) => latest.c[id] && latest.c[id][0] !== 'ok').length;
    write(more.querySelector('text'), `${ids.length} more, ${bad === 0 ? 'all healthy' : `${bad} ${bad === 1 ? 'needs' : 'need'} attention`}`);
  }

  function draw() {
    rows.forEach(drawChain);
    if (dense) drawBars();
    else drawRibbons();
    heads.forEach(drawHead);
    regions.forEach(drawRegion);
    drawLanes();
    drawKey();
    const changed = links.filter((a) => first.has(a) && !a.classList.contains(`st-${first.get(a)}`)).length;
    const again = panel.querySelector('[data-again]');
    again.hidden = !dense || changed === 0;
    write(again.querySelector('[data-changed]'), changed);
  }

  let tag = '';
  let busy = false;
  async function poll() {
    if (busy || !ask()) return;
    busy = true;
    try {
      const answer = await fetch(dataset.loom, { headers: tag ? { 'If-None-Match': tag } : {}, signal: AbortSignal.timeout(8000) });
      if (answer.status === 200) {
        const delta = await answer.json();
        if (ask()) {
          latest = delta;
          tag = answer.headers.get('ETag') ?? '';
          draw();
        }
      }
      tell(answer.status, answer.headers.get('X-Lasso-Request-Id'));
    } catch {
      tell(0);
    }
    busy = false;
  }
  setInterval(poll, 1000);
  poll();

  // What belongs to a node stays, the rest steps back.
  function belongs(node, to) {
    const [a, b] = [node.dataset, to.dataset];
    if (b.r !== undefined) return a.r === b.r || node.classList.contains('ch');
    return (b.c !== undefined && a.c === b.c) || (b.j !== undefined && a.j === b.j);
  }

  function span(seconds) {
    const two = (n) => String(Math.floor(n)).padStart(2, '0');
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return `${Math.floor(seconds / 3600)} h ${two((seconds % 3600) / 60)} min`;
  }

  function lines(node) {
    const now = latest && node.dataset.j && node.dataset.c && state(node);
    if (!now) return [node.getAttribute('aria-label')];
    const [status, share, p95, part, reason, since, next] = now;
    const clock = Date.now() / 1000;
    const times = [];
    if (since) times.push(`for ${span(clock - since)}`);
    if (next) times.push(next - clock < 1 ? 'next check now' : `next check in ${span(next - clock)}`);
    return [
      name(node),
      part ? `${word(status)} in ${part.replace('/', ' of ')} regions` : word(status),
      reason,
      times.join(', '),
      `${percent(share)} of the chain's requests${p95 ? `, p95 ${millis(p95)}` : ''}`,
    ].filter(Boolean);
  }

  let waiting;
  let pointed;
  function point(node) {
    if (node === pointed) return;
    pointed = node;
    clearTimeout(waiting);
    tip.hidden = true;
    svg.classList.toggle('hot', node !== null);
    if (!node) return;
    for (const other of all('a, g[data-c], .flow')) other.classList.toggle('on', other === node || belongs(other, node));
    waiting = setTimeout(() => {
      tip.replaceChildren(...lines(node).map((line, i) => Object.assign(document.createElement(i ? 'span' : 'b'), { textContent: line })));
      tip.hidden = false;
      const box = tip.parentElement;
      const [at, around] = [node.getBoundingClientRect(), box.getBoundingClientRect()];
      const x = at.left + at.width / 2 - around.left - tip.offsetWidth / 2;
      const above = at.top - around.top - tip.offsetHeight - 6;
      tip.style.left = `${box.scrollLeft + Math.min(Math.max(4, x), around.width - tip.offsetWidth - 4)}px`;
      tip.style.top = `${above < 0 ? at.bottom - around.top + 6 : above}px`;
    }, 120);
  }
  svg.addEventListener('pointerover', (event) => point(event.target.closest('a')));
  svg.addEventListener('pointerleave', () => point(null));
  svg.addEventListener('focusin', (event) => point(event.target.closest('a')));
  svg.addEventListener('focusout', () => point(null));

  const beside = (row, link, step) => row.links[row.links.indexOf(link) + step];
  // The nearest row that has the column, else the next row's chain.
  function below(i, column, step) {
    for (let k = i + step; column !== undefined && rows[k]; k += step) {
      const hit = rows[k].links.find((a) => a.dataset.j === column);
      if (hit) return hit;
    }
    return column === undefined ? chains[i + step] : undefined;
  }
  svg.addEventListener('keydown', (event) => {
    const node = event.target.closest('a');
    if (event.key === 'Escape') {
      tip.hidden = true;
      return;
    }
    if (!node || node.dataset.c === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = Number(node.dataset.c);
    const row = rows[i];
    const isChain = node === row.chain;
    const moves = {
      ArrowRight: () => (isChain ? row.links[0] : beside(row, node, 1)),
      ArrowLeft: () => (isChain ? undefined : beside(row, node, -1) ?? row.chain),
      ArrowDown: () => below(i, node.dataset.j, 1),
      ArrowUp: () => below(i, node.dataset.j, -1),
      Home: () => row.links[0],
      End: () => row.links.at(-1),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    const next = moves[event.key]();
    if (!next) return;
    if (dense) {
      for (const a of links) set(a, 'tabindex', a === next ? 0 : -1);
    }
    next.focus();
  });
}
