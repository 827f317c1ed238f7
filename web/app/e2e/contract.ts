// The contracts (openapi/console.yaml, openapi/asyncapi.yaml), to which everything that a test plays in the server's place
// is held: a picture of what the server never says would be no picture of Sidetone.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Node = { [key: string]: Node | undefined };

const read = (name: string) => parse(readFileSync(join(import.meta.dirname, '../../../openapi', name), 'utf8')) as Node;

// shut makes schemas refuse what they do not name: clients take new fields, but what we play must be written down.
function shut(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  if (!Array.isArray(schema) && 'properties' in schema && !('additionalProperties' in schema)) Object.assign(schema, { additionalProperties: false });
  Object.values(schema).forEach(shut);
}

const documents: Record<string, Node> = Object.fromEntries(['asyncapi.yaml', 'console.yaml', 'common.yaml'].map((name) => [name, read(name)]));
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true });
formats.default(ajv);
for (const [name, document] of Object.entries(documents)) {
  shut(document.components);
  shut(document.paths);
  ajv.addSchema(document, `https://sidetone.example/${name}`);
}

const compiled = new Map<string, ValidateFunction>();

function schemaAt(pointer: string): ValidateFunction {
  const found = compiled.get(pointer) ?? ajv.compile({ $ref: `https://sidetone.example/${pointer}` });
  compiled.set(pointer, found);
  return found;
}

function hold(pointer: string, value: unknown, what: string): void {
  const valid = schemaAt(pointer);
  if (!valid(value)) throw new Error(`${what} is not as its contract says: ${ajv.errorsText(valid.errors)}\n${JSON.stringify(value)}`);
}

// holdFrame holds one frame of the agent's socket, of either side, to asyncapi.yaml.
export function holdFrame(frame: unknown): void {
  const { type } = frame as { type: string };
  if (!documents['asyncapi.yaml']!.components?.messages?.[type]) throw new Error(`frame ${type} is in no contract`);
  hold(`asyncapi.yaml#/components/messages/${type}/payload`, frame, `frame ${type}`);
}

const escaped = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
const pathsOf = Object.keys(documents['console.yaml']!.paths!).map((path) => ({ path, like: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

// holdAnswer holds an answer of the console's REST to console.yaml; its address is that behind /api/console.
export function holdAnswer(method: string, address: string, status: number, body: unknown): void {
  const at = pathsOf.find((p) => p.path === address) ?? pathsOf.find((p) => p.like.test(address));
  const operation = at && documents['console.yaml']!.paths![at.path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`${method} ${address} is in no contract`);
  const [code, answer] = ([String(status), 'default'] as const).map((c) => [c, operation.responses?.[c]] as const).find(([, a]) => a) ?? [];
  if (!answer) throw new Error(`${method} ${address} never answers ${status}`);
  const ref = answer.$ref as unknown as string | undefined;
  const pointer = ref ? ref.replace(/^\.\//, '').replace(/^#/, 'console.yaml#') : `console.yaml#/paths/${escaped(at.path)}/${method.toLowerCase()}/responses/${code}`;
  hold(`${pointer}/content/application~1json/schema`, body, `${method} ${address}: ${status}`);
}
