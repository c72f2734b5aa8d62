// Shows the OpenAPI document of this server, and makes calls.

const element = (tag, attributes = {}, ...children) => {
  const e = Object.assign(document.createElement(tag), attributes);
  e.append(...children);
  return e;
};

const byId = (id) => document.getElementById(id);

// typeOf says what a schema is, with links to those that have a name.
const typeOf = (schema) => {
  if (!schema) return ["nothing"];
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return [element("a", { href: `#schema-${name}`, textContent: name })];
  }
  if (schema.type === "array") return ["list of ", ...typeOf(schema.items)];
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return ["map of text to ", ...typeOf(schema.additionalProperties)];
  }
  if (schema.enum) return [schema.enum.join(" | ")];
  return [schema.type ?? "anything"];
};

const contentOf = (message) => Object.entries(message?.content ?? {})[0] ?? [undefined, {}];

// example is a value to begin with when a body is written.
const example = (schema) => (schema?.type === "array" ? "[]" : schema?.type === "string" ? "" : "{}");

const send = async (method, path, operation, fields, body, output) => {
  const query = new URLSearchParams();
  for (const p of operation.parameters ?? []) {
    const value = fields.get(p.name).value;
    if (p.in === "path") path = path.replace(`{${p.name}}`, encodeURIComponent(value));
    else if (value !== "") for (const one of p.schema.type === "array" ? value.split(",") : [value]) query.append(p.name, one);
  }
  const headers = {};
  if (byId("token").value) headers["X-Authorization"] = byId("token").value;
  if (body) headers["Content-Type"] = contentOf(operation.requestBody)[0];
  const url = path + (query.size ? `?${query}` : "");
  output.hidden = false;
  output.textContent = `${method.toUpperCase()} ${url} …`;
  try {
    const answer = await fetch(url, { method, headers, body: body?.value });
    let text = await answer.text();
    try {
      text = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // not JSON
    }
    output.textContent = `${method.toUpperCase()} ${url}\n${answer.status} ${answer.statusText}\n\n${text}`;
  } catch (error) {
    output.textContent = `${method.toUpperCase()} ${url}\n${error}`;
  }
};

const fill = (details, method, path, operation) => {
  const fields = new Map();
  const grid = element("div", { className: "fields" });
  for (const p of operation.parameters ?? []) {
    const field = element("input", { placeholder: p.schema.default ?? "", required: Boolean(p.required) });
    field.id = `${operation.operationId}-${p.name}`;
    fields.set(p.name, field);
    const label = element("label", { htmlFor: field.id }, `${p.name}${p.required ? " *" : ""}: `, ...typeOf(p.schema));
    grid.append(label, field);
  }
  const form = element("form", { className: "body" }, grid);
  let body;
  if (operation.requestBody) {
    const [type, { schema }] = contentOf(operation.requestBody);
    body = element("textarea", { value: example(schema), spellcheck: false });
    form.append(element("label", {}, `Body, ${type}: `, ...typeOf(schema), body));
  }
  const answers = element("ul");
  for (const [status, answer] of Object.entries(operation.responses)) {
    const [, { schema }] = contentOf(answer);
    answers.append(element("li", {}, `${status} ${answer.description}`, ...(schema ? [": ", ...typeOf(schema)] : [])));
  }
  const output = element("pre", { hidden: true });
  form.append(element("p", {}, "Answers"), answers, element("button", { textContent: "Send" }), output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method, path, operation, fields, body, output);
  });
  details.append(form);
};

const showOperations = (paths) => {
  const tags = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const details = element(
        "details",
        {},
        element("summary", {}, element("b", { className: method, textContent: method.toUpperCase() }), `${path} `, element("span", { textContent: operation.summary })),
      );
      details.dataset.words = `${method} ${path} ${operation.summary}`.toLowerCase();
      details.addEventListener("toggle", () => details.childElementCount === 1 && fill(details, method, path, operation));
      const [tag] = operation.tags;
      if (!tags.has(tag)) tags.set(tag, element("section", {}, element("h2", { textContent: tag })));
      tags.get(tag).append(details);
    }
  }
  byId("operations").replaceChildren(...tags.values());
};

const showSchemas = (schemas) => {
  for (const [name, schema] of Object.entries(schemas)) {
    const grid = element("div", { className: "fields" });
    for (const [field, type] of Object.entries(schema.properties ?? {})) {
      grid.append(element("code", { textContent: field }), element("span", {}, ...typeOf(type)));
    }
    byId("schemas").append(element("details", { id: `schema-${name}` }, element("summary", { textContent: name }), element("div", { className: "body" }, grid)));
  }
};

const find = () => {
  const words = byId("find").value.toLowerCase().split(/\s+/);
  for (const section of byId("operations").children) {
    let any = false;
    for (const details of section.querySelectorAll("details")) {
      details.hidden = !words.every((w) => details.dataset.words.includes(w));
      any ||= !details.hidden;
    }
    section.hidden = !any;
  }
};

const openTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target) target.open = true;
};

const answer = await fetch("/api-docs");
const { info, paths, components } = await answer.json();
byId("version").textContent = info.version;
byId("about").textContent = info.description;
showOperations(paths);
showSchemas(components.schemas);
byId("find").addEventListener("input", find);
byId("filter").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", openTarget);
openTarget();
