// Buttons that copy: what their data-copy says, or the address of the page.

const toast = (detail) => document.dispatchEvent(new CustomEvent('lasso:toast', { detail }));

async function put(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'vh';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('copying is not allowed here');
}

const SHOWN_FOR = 2000;

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy], [data-copy-location]');
  if (!button || button.dataset.copied) return;
  const label = button.getAttribute('aria-label');
  const word = button.querySelector('[data-copy-word]');
  const before = word?.textContent;
  let result = 'Copied';
  try {
    await put(button.dataset.copy ?? location.href);
    button.classList.add('done');
    toast({ title: button.dataset.copy === undefined ? 'Link copied' : 'Copied' });
  } catch {
    result = 'Could not copy';
    toast({ title: result, text: 'This browser does not allow it here.', failed: true });
  }
  button.dataset.copied = 'true';
  if (label) button.setAttribute('aria-label', result);
  if (word) word.textContent = result;
  button.querySelector('use')?.setAttribute('href', result === 'Copied' ? '#i-check' : '#i-copy');
  setTimeout(() => {
    delete button.dataset.copied;
    button.classList.remove('done');
    if (label) button.setAttribute('aria-label', label);
    if (word) word.textContent = before;
    button.querySelector('use')?.setAttribute('href', button.hasAttribute('data-copy-location') ? '#i-link' : '#i-copy');
  }, SHOWN_FOR);
});
