// The playground's form. Ctrl-Enter runs it, the address follows its fields,
// and what is copied as a command line is what the fields say now.

const form = document.querySelector('[data-pg-form]');
const LONGEST_PARAMS = 2000; // longer ones do not go into the address

function fields(without) {
  const data = new FormData(form);
  const query = new URLSearchParams();
  for (const key of ['chain', 'method', 'params', 'ask', 'strategy', 'provider']) {
    const value = data.get(key);
    if (value && key !== without && !(key === 'params' && value.length > LONGEST_PARAMS)) query.set(key, value);
  }
  return query;
}

function curl(rpc) {
  const data = new FormData(form);
  const part = (key) => encodeURIComponent(data.get(key) ?? '');
  const path = data.get('ask') === 'one' ? `provider/${part('provider')}/${part('chain')}` : `${part('strategy')}/${part('chain')}`;
  const body = `{"jsonrpc":"2.0","id":1,"method":${JSON.stringify(data.get('method'))},"params":${data.get('params').trim() || '[]'}}`;
  return `curl -X POST '${rpc}/${path}' -H 'Content-Type: application/json' --data '${body.replaceAll("'", "'\\''")}'`;
}

if (form) {
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit(document.getElementById('pg-run'));
  });

  form.addEventListener('change', (event) => {
    if (event.target.name === 'confirm') return;
    const query = fields(event.target.name === 'chain' ? 'provider' : '');
    history.replaceState(history.state, '', `?${query}`);
    query.set('fragment', 'depends');
    window.htmx.ajax('GET', `${location.pathname}?${query}`, { target: '#depends', swap: 'morph:outerHTML' });
  });

  // Before copy.js sees the click.
  document.addEventListener(
    'click',
    (event) => {
      const button = event.target.closest?.('[data-curl]');
      if (button) button.dataset.copy = curl(button.dataset.curl);
    },
    true,
  );

  // A form that was not run comes back with the reason.
  document.body.addEventListener('htmx:beforeSwap', (event) => {
    const { detail } = event;
    const confirm = form.elements.namedItem('confirm');
    if (confirm && detail.target?.id === 'answers') confirm.checked = false; // it is for one call
    if (!['answers', 'load-run'].includes(detail.target?.id) || ![403, 409, 413, 422, 429].includes(detail.xhr.status)) return;
    detail.shouldSwap = detail.xhr.responseText.includes(`id="${detail.target.id}"`);
    detail.isError = !detail.shouldSwap;
  });
}
