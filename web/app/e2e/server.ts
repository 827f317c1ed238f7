// The real product for a test file: `sidetone demo` with its own database, and its carrier's control side.
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

interface Person {
  id: number;
  email: string;
  password: string;
}

interface Facts {
  url: string;
  carrier_url: string;
  api_token: string;
  admin: Person;
  manager: Person;
  agents: Person[];
  numbers: { menu: string; leaf: string };
}

export interface CarrierText {
  id: string;
  from: string;
  to: string;
  text: string;
  media?: string[];
}

export class Demo {
  private constructor(
    readonly facts: Facts,
    private process: ChildProcess,
    private readonly data: string,
  ) {}

  private readonly texted = new Map<string, [from: string, to: string]>();

  static async start(): Promise<Demo> {
    const data = mkdtempSync(join(tmpdir(), 'sidetone-e2e-'));
    for (;;) {
      try {
        const { child, facts } = await run(data, await freeAddress(), await freeAddress());
        return new Demo(facts, child, data);
      } catch (e) {
        if (!/address already in use/.test(String(e))) throw e; // somebody was quicker
      }
    }
  }

  async stop(): Promise<void> {
    await this.stopServer();
    rmSync(this.data, { recursive: true, force: true });
  }

  // stopServer tells it to stop, as an upgrade does, and waits until it has.
  async stopServer(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await gone;
  }

  // startServer starts it again where it was, with what it had.
  async startServer(): Promise<void> {
    this.process = (await run(this.data, new URL(this.facts.url).host, new URL(this.facts.carrier_url).host)).child;
  }

  // text sends a text from a consumer's phone.
  async text(from: string, to: string, text: string, media?: string[]): Promise<void> {
    this.texted.set(`${from} ${to}`, [from, to]);
    const answer = await fetch(`${this.facts.carrier_url}/sim/texts`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ from, to, text, media }) });
    if (!answer.ok) throw new Error(`text from ${from}: ${answer.status} ${await answer.text()}`);
  }

  // leave ends the chats of all who have texted since the last time: no story leaves one to the next.
  async leave(): Promise<void> {
    const who = [...this.texted.values()];
    for (const [from, to] of who) await this.text(from, to, 'EXIT');
    this.texted.clear();
  }

  // fault makes texts to a consumer's phone fail with a code of the carrier, or arrive again.
  async fault(to: string, code?: string): Promise<void> {
    const answer = await fetch(`${this.facts.carrier_url}/sim/faults`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ to, ...(code && { status: 'undelivered', error_code: code }) }) });
    if (!answer.ok) throw new Error(`fault of ${to}: ${answer.status} ${await answer.text()}`);
  }

  // pictures lists where a consumer's phone fetches what it was sent.
  async pictures(phone: string): Promise<string[]> {
    const answer = await fetch(`${this.facts.carrier_url}/sim/texts?to=${encodeURIComponent(phone)}`);
    return ((await answer.json()) as CarrierText[]).flatMap((t) => t.media ?? []);
  }

  // received lists what a consumer's phone was sent.
  async received(phone: string): Promise<string[]> {
    const answer = await fetch(`${this.facts.carrier_url}/sim/texts?to=${encodeURIComponent(phone)}`);
    return ((await answer.json()) as CarrierText[]).map((t) => t.text);
  }
}

// freeAddress lies below the ports that the system gives to outgoing connections, so that none of them takes it while the
// server starts again.
async function freeAddress(): Promise<string> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer().once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return `127.0.0.1:${port}`;
  }
}

// run starts the product and waits until everything answers.
async function run(data: string, listen: string, carrier: string): Promise<{ child: ChildProcess; facts: Facts }> {
  const binary = process.env.SIDETONE_BIN ?? new URL('../../../bin/sidetone', import.meta.url).pathname;
  if (!existsSync(binary)) throw new Error(`${binary} is not there: run make build, or name the binary in SIDETONE_BIN`);
  const child = spawn(binary, ['demo', '--json', '--listen', listen, '--carrier-listen', carrier, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-20_000)));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the demo stopped with ${code}:\n${log}`)));
  });
  return { child, facts: JSON.parse(line) as Facts };
}

// Fresh is `sidetone serve` with a simulated carrier on a database that nobody has set up.
export class Fresh {
  private constructor(
    readonly url: string,
    readonly invitation: string,
    private readonly process: ChildProcess,
    private readonly data: string,
  ) {}

  static async start(): Promise<Fresh> {
    const binary = process.env.SIDETONE_BIN ?? new URL('../../../bin/sidetone', import.meta.url).pathname;
    const data = mkdtempSync(join(tmpdir(), 'sidetone-fresh-'));
    chmodSync(data, 0o755); // the database's own user passes it
    const child = spawn(binary, ['serve', '--simulator', '--listen', '127.0.0.1:0', '--carrier-listen', '127.0.0.1:0', '--data-dir', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-20_000)));
    const invitation = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => line.startsWith('set it up at ') && resolve(line.slice('set it up at '.length)));
      child.once('exit', (code) => reject(new Error(`the server stopped with ${code}:\n${log}`)));
    });
    return new Fresh(new URL(invitation).origin, invitation, child, data);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await gone;
    rmSync(this.data, { recursive: true, force: true });
  }
}
