// Keeps what is typed on a page and not written yet, for this tab alone, and hands it back where a form appears anew.
// Python names the fields (data.forms); what stands in them is data here: it is never read as HTML or as code.

const PREFIX = "gonogo-draft ";
const LONGEST = 20000; // signs of one field
const FORMS = 20; // drafts of one tab; the oldest goes first
const PAUSE = 300; // ms after the last key

let page = { owner: "", forms: {} };
let timer;
const here = new Set(); // forms that this page has had since it was loaded
const waiting = new Map(); // a form whose draft was handed over, until Python has taken it
const quiet = new Set(); // a form that was written or dropped, until somebody types in it again
const dropped = new Set();

const place = form => `${PREFIX}${page.owner} ${form}`;
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function read(form) {
  try {
    const found = JSON.parse(sessionStorage.getItem(place(form)));
    return found && typeof found.values === "object" && Object.keys(found.values).length ? found : null;
  } catch {
    return null;
  }
}

function write(form, values) {
  try {
    if (!Object.keys(values).length) {
      sessionStorage.removeItem(place(form));
      return;
    }
    const base = read(form)?.base ?? page.forms[form].base;
    sessionStorage.setItem(place(form), JSON.stringify({ values, base, at: Date.now() }));
    const age = key => JSON.parse(sessionStorage.getItem(key)).at;
    const all = Object.keys(sessionStorage).filter(key => key.startsWith(PREFIX));
    all.sort((one, other) => age(other) - age(one)).slice(FORMS).forEach(key => sessionStorage.removeItem(key));
  } catch {
    // a browser that keeps nothing: what is typed stays on the page as ever
  }
}

const boxOf = key => document.getElementsByClassName(`st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`)[0];
const typedIn = key => boxOf(key)?.querySelector("textarea, input");

function save(form) {
  if (quiet.has(form) || waiting.has(form)) return;
  const old = read(form)?.values ?? {};
  const now = {};
  for (const [name, field] of Object.entries(page.forms[form].fields)) {
    const value = field.typed ? (typedIn(field.key)?.value ?? old[name]) : field.value;
    if (value === undefined || same(value, field.usual) || JSON.stringify(value).length > LONGEST) continue;
    now[name] = value;
  }
  if (!same(now, old)) write(form, now);
}

function saveAll() {
  clearTimeout(timer);
  Object.keys(page.forms).forEach(save);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(saveAll, PAUSE);
}

function typed(event) {
  for (const [form, { fields }] of Object.entries(page.forms)) {
    for (const [name, field] of Object.entries(fields)) {
      if (!field.typed || !boxOf(field.key)?.contains(event.target)) continue;
      quiet.delete(form);
      if (waiting.has(form)) write(form, { ...read(form)?.values, [name]: event.target.value });
      later();
    }
  }
}

document.addEventListener("input", typed, true);
document.addEventListener("click", saveAll, true); // a link takes the form away
addEventListener("pagehide", saveAll);

export default function ({ data, setTriggerValue }) {
  forgetGone(data);
  page = data;
  for (const [form, token] of Object.entries(data.dropped)) {
    if (dropped.has(token)) continue;
    dropped.add(token);
    sessionStorage.removeItem(place(form));
    quiet.add(form);
    waiting.delete(form);
  }
  for (const [form, token] of [...waiting]) if (token === data.taken) waiting.delete(form);
  const token = `${Date.now()} ${Math.random()}`;
  const forms = {};
  for (const form of Object.keys(data.forms)) {
    if (here.has(form)) continue;
    here.add(form);
    const found = read(form);
    if (!found) continue;
    forms[form] = found;
    waiting.set(form, token);
  }
  if (Object.keys(forms).length) setTriggerValue("draft", { token, forms });
  later();
}

function forgetGone(data) {
  for (const form of [...here]) {
    if (data.owner === page.owner && form in data.forms) continue;
    here.delete(form);
    waiting.delete(form);
    quiet.delete(form);
  }
}
