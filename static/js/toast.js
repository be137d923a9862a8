// Results of what the reader did, at the bottom right: at most three. One that
// failed stays until it is dismissed. Other modules send "lasso:toast" with
// {title, text, failed, action, run, once}.

const box = document.querySelector('[data-toasts]');
const MOST = 3;
const SHOWN_FOR = 6000;

function icon(name, cls) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', cls);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${name}`);
  svg.append(use);
  return svg;
}

function element(tag, cls, ...children) {
  const node = document.createElement(tag);
  if (cls) node.className = cls;
  node.append(...children);
  return node;
}

function show({ title, text = '', failed = false, action = '', run, once = '' }) {
  if (once && box.querySelector(`[data-once="${once}"]`)) return;
  const words = element('div', '', element('b', '', title));
  if (text) words.append(element('p', '', text));
  const close = element('button', 'btn sq ghost', icon('i-x', 'i'));
  close.type = 'button';
  close.setAttribute('aria-label', 'Dismiss');
  const mark = failed ? icon('s-open', 's st-open') : action ? icon('i-refresh', 'i') : icon('s-ok', 's st-ok');
  const toast = element('div', 'toast', mark, words);
  toast.dataset.once = once;
  if (action) {
    const button = element('button', 'btn', action);
    button.type = 'button';
    button.addEventListener('click', () => run());
    toast.append(button);
  }
  toast.append(close);
  close.addEventListener('click', () => toast.remove());
  box.append(toast);
  while (box.children.length > MOST) box.firstElementChild.remove();
  if (failed || action) return;
  const timer = setInterval(() => {
    if (toast.matches(':hover, :focus-within')) return; // being read
    clearInterval(timer);
    toast.remove();
  }, SHOWN_FOR);
}

document.addEventListener('lasso:toast', (event) => show(event.detail));
