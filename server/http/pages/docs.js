'use strict';
// Everything on this page comes from the API description, which comes from the route table: it cannot tell
// anything else than the server does. Text is only ever set as text.
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
// The file that the printed uploads send. What a command line must find out itself is not in the examples.
const FILE = 'photo.jpeg';
const SHELL_TEXTS = { refresh_token: '$REFRESH_TOKEN', token: '$RESET_TOKEN', sha256: `$(sha256sum ${FILE} | cut -c -64)` };
const SHELL_NUMBERS = { bytes: `$(stat -c %s ${FILE})` };
let api;

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** Text in which `code` is marked as such. */
function marked(text) {
  return (text || '').split('`').map((part, i) => i % 2 ? make('code', {}, part) : part);
}

/** A table that scrolls by itself where the window is narrow. */
function table(rows) {
  return make('div', { class: 'wide', tabindex: '0' }, make('table', {}, make('tbody', {}, rows)));
}

/** The node that is meant; {} where the description says nothing. */
function resolve(node) {
  if (!node) return {};
  if (!node.$ref) return node;
  const target = node.$ref.split('/').slice(1).reduce((at, key) => at && at[key], api);
  return { ...resolve(target), ...Object.fromEntries(Object.entries(node).filter(([key]) => key !== '$ref')) };
}

/** Of a schema that may also be null, the other half. */
function without_null(schema) {
  schema = resolve(schema);
  return schema.anyOf ? resolve(schema.anyOf.find((s) => resolve(s).type !== 'null')) : schema;
}

function limits(schema) {
  const parts = [];
  const range = (least, most, unit) => {
    if (schema[least] !== undefined && schema[most] !== undefined) parts.push(`${schema[least]} to ${schema[most]}${unit}`);
    else if (schema[most] !== undefined) parts.push(`at most ${schema[most]}${unit}`);
    else if (schema[least] !== undefined) parts.push(`at least ${schema[least]}${unit}`);
  };
  range('minLength', 'maxLength', ' characters');
  range('minimum', 'maximum', '');
  range('minItems', 'maxItems', ' items');
  if (schema.enum) parts.push(schema.enum.join(', '));
  if (schema.const !== undefined) parts.push(`always ${schema.const}`);
  if (schema.pattern) parts.push('`' + schema.pattern + '`');
  if (schema.default !== undefined) parts.push(`default ${schema.default}`);
  return parts.join('; ');
}

function type_of(schema) {
  schema = resolve(schema);
  if (schema.anyOf) return schema.anyOf.map(type_of).join(' or ');
  if (schema.type === 'array') return `array of ${type_of(schema.items)}`;
  const type = [].concat(schema.type || 'any').join(' or ');
  return schema.format ? `${type} (${schema.format})` : type;
}

/** One row a field, nested objects with dotted names. */
function field_rows(schema, prefix) {
  const rows = [];
  const object = without_null(schema);
  for (const [name, node] of Object.entries(object.properties || {})) {
    const inner = without_null(node);
    const required = (object.required || []).includes(name);
    rows.push(make('tr', {},
      make('td', {}, make('code', {}, prefix + name)),
      make('td', {}, type_of(node)),
      make('td', {}, required ? 'always' : 'optional'),
      make('td', {}, marked([limits(inner), inner.description].filter(Boolean).join('. ')))));
    if (inner.type === 'object') rows.push(...field_rows(inner, `${prefix}${name}.`));
    if (inner.type === 'array') rows.push(...field_rows(inner.items, `${prefix}${name}[].`));
  }
  return rows;
}

function content_block(content) {
  return Object.entries(content).map(([media_type, { schema, example }]) => {
    const is_binary = resolve(schema).format === 'binary';
    const name = is_binary && media_type === '*/*' ? 'Bytes, of the type that they are.' : make('code', {}, media_type);
    const rows = field_rows(schema, '');
    return [make('p', { class: 'note' }, name),
      example ? make('pre', { tabindex: '0' }, JSON.stringify(example, null, 2)) : null,
      rows.length ? make('details', {}, make('summary', {}, 'Fields'), table(rows)) : null];
  });
}

function parameter_table(parameters) {
  return table(parameters.map(resolve).map((p) => make('tr', {},
    make('td', {}, make('code', {}, p.name)),
    make('td', {}, p.in),
    make('td', {}, p.required ? 'required' : 'optional'),
    make('td', {}, marked([p.description, limits(resolve(p.schema))].filter(Boolean).join(' '))))));
}

function in_quotes(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The name of the shell's variable for a parameter in a path: EventId is $EVENT_ID. */
function variable_of(reference) {
  return '$' + reference.split('/').pop().replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
}

/** What a command line has for a parameter in a path. */
function path_value(node) {
  const schema = resolve(resolve(node).schema);
  if (schema.enum) return schema.enum[0];
  if (schema.minimum !== undefined) return String(schema.minimum);
  return variable_of(node.$ref || `/${resolve(node).name}`);
}

function path_of(path, parameters) {
  return parameters.reduce((text, node) => text.replace(`{${resolve(node).name}}`, path_value(node)), path);
}

/** The example as an argument of the shell: what only the caller can know is found out by the shell. */
function body_argument(example) {
  const uploads = example.bytes !== undefined;
  const places = [];
  const place = (text, quote) => {
    places.push(`${quote}'"${text}"'${quote}`);
    return `\u0001${places.length - 1}\u0001`;
  };
  const text = JSON.stringify(example, (key, value) => {
    if (SHELL_NUMBERS[key] && uploads) return place(SHELL_NUMBERS[key], '');
    if (SHELL_TEXTS[key]) return place(SHELL_TEXTS[key], '"');
    if (uploads && key === 'file_name') return FILE;
    return uploads && (key.endsWith('_id') || key === 'part_bytes') ? undefined : value;
  }, JSON.stringify(example).length > 100 ? 2 : 0);
  return in_quotes(text).replace(/"\\u0001(\d+)\\u0001"/g, (_, number) => places[number]);
}

function is_upload(operation) {
  return Object.values((operation.requestBody || {}).content || {}).some((c) => resolve(c.schema).format === 'binary');
}

function is_download(operation) {
  return Object.entries(resolve(Object.values(operation.responses)[0]).content || {})
    .some(([type, c]) => resolve(c.schema).format === 'binary' || type === '*/*');
}

function options_of(method, operation) {
  if (is_upload(operation)) return `-i -T ${FILE} `;
  if (is_download(operation)) return '-fL -D - -o download ';
  return method === 'get' ? '-i ' : `-i -X ${method.toUpperCase()} `;
}

/** A command that runs as it is printed wherever there is a shell and curl. */
function curl_of(path, method, operation) {
  const parameters = (operation.parameters || []).map(resolve);
  const lines = [`curl ${options_of(method, operation)}"${location.origin}${path_of(path, operation.parameters || [])}"`];
  if ((operation.security || []).some((s) => s.bearer)) lines.push('-H "Authorization: Bearer $ACCESS_TOKEN"');
  for (const p of parameters.filter((p) => p.in === 'header' && p.required)) {
    lines.push('-H ' + in_quotes(`${p.name}: ${p.name === 'If-Match' ? '*' : p.example}`));
  }
  if (parameters.some((p) => p.name === 'Idempotency-Key')) {
    lines.push('-H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)"');
  }
  for (const [media_type, { example }] of Object.entries((operation.requestBody || {}).content || {})) {
    lines.push('-H ' + in_quotes(`Content-Type: ${media_type}`));
    if (example !== undefined) lines.push(`-d ${body_argument(example)}`);
  }
  return lines.join(' \\\n  ');
}

function try_block(text) {
  const button = make('button', { type: 'button' }, 'Copy');
  button.addEventListener('click', () => {
    if (!navigator.clipboard) return;
    navigator.clipboard.writeText(text).then(() => { button.textContent = 'Copied'; }, () => {});
  });
  return make('div', { class: 'try' }, make('pre', { tabindex: '0' }, text), button);
}

/** The codes of a problem's schema, wherever it narrows them. */
function codes_of(schema) {
  const node = resolve(schema);
  const here = node.properties && node.properties.code && node.properties.code.enum;
  return (node.allOf || []).filter((part) => !part.$ref).flatMap(codes_of).concat(here || []);
}

function response_table(responses) {
  return table(Object.entries(responses).map(([status, node]) => {
    const response = resolve(node);
    const problem = (response.content || {})['application/problem+json'];
    const codes = problem ? codes_of(problem.schema) : [];
    const what = codes.length ? codes.flatMap((code) => [make('a', { href: `#${code}` }, code), ' ']) : [response.description];
    return make('tr', {}, make('td', {}, make('code', {}, status)), make('td', {}, what));
  }));
}

function access_of(operation) {
  const schemes = operation.security || [];
  if (schemes.length === 0) return 'Public.';
  return schemes.length > 1 ? 'With or without an access token.' : 'Needs an access token.';
}

function method_mark(method) {
  return make('span', { class: `method ${method}` }, method.toUpperCase());
}

function operation_block(path, method, operation) {
  const success = resolve(Object.values(operation.responses)[0]);
  return make('article', { id: operation.operationId },
    make('header', {}, method_mark(method), make('code', {}, path),
      make('h3', {}, make('a', { href: `#${operation.operationId}` }, operation.summary))),
    make('div', {},
      make('p', {}, marked(operation.description), ' ', make('span', { class: 'note' }, access_of(operation))),
      make('h4', {}, 'Try it'), try_block(curl_of(path, method, operation)),
      make('h4', {}, 'Parameters'), parameter_table(operation.parameters || []),
      operation.requestBody ? [make('h4', {}, 'Content'), content_block(operation.requestBody.content)] : null,
      success.content ? [make('h4', {}, 'Answer'), content_block(success.content)] : null,
      make('h4', {}, 'Statuses'), response_table(operation.responses)));
}

function all_operations() {
  return Object.entries(api.paths).flatMap(([path, item]) => METHODS
    .filter((method) => item[method])
    .map((method) => ({ path, method, operation: item[method] })));
}

function sign_in_commands() {
  const found = all_operations().find(({ operation }) => operation.operationId === 'logIn');
  const { path, method, operation } = found;
  const call = curl_of(path, method, operation).replace('curl -i ', 'curl -s ');
  const member = (variable, name) => `${variable}=$(echo "$TOKENS" | sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/')`;
  return [`TOKENS=$(${call})`, member('ACCESS_TOKEN', 'access_token'), member('REFRESH_TOKEN', 'refresh_token')].join('\n');
}

function begin_section() {
  const row = (name, text) => make('tr', {}, make('td', {}, make('code', {}, name)), make('td', {}, marked(text)));
  return make('section', { id: 'begin' }, make('h2', {}, 'Before you begin'),
    make('p', {}, 'The commands on this page run as they are printed, in a shell with curl. ',
      make('a', { href: '#registerAccount' }, 'Register an account'), ' first, then sign in:'),
    try_block(sign_in_commands()),
    make('p', {}, 'The other names in them:'),
    table([
      row('$ACCOUNT_ID', 'The `id` of another account. What is done to others is for administrators, whom an operator makes: `vigie user create --role administrator`.'),
      row('$RESET_TOKEN', 'What came by mail, or what `vigie user reset-password` has printed.'),
      row('$EVENT_ID', 'The `id` of an event. To create one, an account needs the role of an organiser, which an operator gives: `vigie user create --role organiser`.'),
      row('$MEDIA_ID', 'The `id` of a media, as `POST /api/v1/media` answers it.'),
      row(FILE, 'The file that is uploaded, in the directory where you are.')]));
}

function problem_section() {
  const answered_by = (code) => all_operations()
    .filter(({ operation }) => Object.values(operation.responses).some((response) =>
      codes_of(((resolve(response).content || {})['application/problem+json'] || {}).schema).includes(code)));
  const by_whom = (code) => {
    const found = answered_by(code);
    if (found.length === 0) return make('span', { class: 'note' }, 'Before a route is known.');
    if (found.length > 6) return make('span', { class: 'note' }, `${found.length} operations.`);
    return found.flatMap(({ operation }) => [make('a', { href: `#${operation.operationId}` }, operation.operationId), ' ']);
  };
  return make('section', { id: 'problems' }, make('h2', {}, 'Problems'),
    make('p', {}, marked('Every refusal is an `application/problem+json` document (RFC 9457) whose `type` leads here. Decide by its `code`; quote its `correlation_id` or `trace_id` to support.')),
    table(api['x-problems'].map((p) => make('tr', { id: p.code },
      make('td', {}, make('a', { href: `#${p.code}` }, make('code', {}, p.code))), make('td', {}, String(p.status)),
      make('td', {}, p.title), make('td', {}, by_whom(p.code))))));
}

/** What the address names is drawn after the browser has looked for it. */
function show_target() {
  for (const old of document.querySelectorAll('.target')) old.classList.remove('target');
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  target.classList.add('target');
  target.scrollIntoView();
}

function contents_of(tag, operations) {
  return [make('h2', {}, tag.name), operations.map(({ method, operation }) =>
    make('a', { href: `#${operation.operationId}` }, method_mark(method), operation.summary))];
}

function draw() {
  const nav = document.querySelector('nav');
  const main = document.querySelector('main');
  document.getElementById('state').replaceChildren(
    `Version ${api.info.version}. The description for programs: `, make('a', { href: '/api/v1/openapi.json' }, 'openapi.json'), '.');
  main.append(make('p', {}, marked(api.info.description)), begin_section());
  nav.append(make('a', { href: '#begin' }, 'Before you begin'));
  for (const tag of api.tags) {
    const operations = all_operations().filter(({ operation }) => operation.tags.includes(tag.name));
    nav.append(...contents_of(tag, operations).flat());
    main.append(make('section', {}, make('h2', {}, tag.name), make('p', {}, marked(tag.description)),
      operations.map(({ path, method, operation }) => operation_block(path, method, operation))));
  }
  nav.append(make('h2', {}, 'Errors'), make('a', { href: '#problems' }, 'Problems'));
  main.append(problem_section());
  show_target();
  window.addEventListener('hashchange', show_target);
}

fetch('/api/v1/openapi.json')
  .then((answer) => answer.json())
  .then((description) => { api = description; draw(); })
  .catch((error) => {
    document.getElementById('state').textContent = `The API description could not be drawn: ${error.message}`;
    console.error(error);
  });
