// Sends what the forms of /docs/try say to this server, and shows its answer. The token stays in the page.
const say = document.querySelector('main').dataset;
const token = document.getElementById('token');

// wrong says at a field what is wrong with it; an empty text, that nothing is.
function wrong(field, text) {
  const place = document.getElementById(`${field.id}-wrong`);
  place.textContent = text;
  place.hidden = !text;
  if (text) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
  return text !== '';
}

const isJSON = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

// faulty are the fields that a request can't be made of, the first one first.
function faulty(form) {
  const body = form.querySelector('textarea');
  return [
    wrong(token, token.value.trim() ? '' : say.noToken) && token,
    ...[...form.querySelectorAll('input')].map((f) => wrong(f, f.required && !f.value.trim() ? say.needed : '') && f),
    body && wrong(body, isJSON(body.value) ? '' : say.noJson) && body,
  ].filter(Boolean);
}

// requestOf is what the form asks for.
function requestOf(form) {
  const headers = { Authorization: `Bearer ${token.value.trim()}`, Accept: 'application/json' };
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll('input')) {
    const value = field.value.trim();
    const to = field.dataset.in;
    if (to === 'path') path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (value === '') continue;
    else if (to === 'header') headers[field.name] = value;
    else for (const one of 'list' in field.dataset ? value.split(',') : [value]) query.append(field.name, one.trim());
  }
  const body = form.querySelector('textarea')?.value;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return [`${path}${query.size ? `?${query}` : ''}`, { method: form.dataset.method, headers, body, credentials: 'omit' }];
}

async function send(form) {
  const [status, answer] = [form.nextElementSibling.querySelector('[role=status]'), form.nextElementSibling.querySelector('pre')];
  const button = form.querySelector('button');
  if (button.getAttribute('aria-disabled')) return;
  const first = faulty(form)[0];
  if (first) return first.focus();
  button.setAttribute('aria-disabled', 'true');
  status.textContent = say.sending;
  const began = performance.now();
  try {
    const response = await fetch(...requestOf(form));
    const text = await response.text();
    const ms = Math.round(performance.now() - began);
    status.textContent = say.took.replace('{status}', `${response.status} ${response.statusText}`.trim()).replace('{ms}', ms);
    status.dataset.tone = response.ok ? 'ok' : 'bad';
    answer.textContent = text === '' ? say.empty : isJSON(text) ? JSON.stringify(JSON.parse(text), null, 2) : text;
    answer.hidden = false;
  } catch {
    status.textContent = say.noAnswer;
    status.dataset.tone = 'bad';
    answer.hidden = true;
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    send(form);
  });
}
