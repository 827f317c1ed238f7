// The wire between browser and server: a SOCKS proxy on the loopback whose connections are cut at any byte, refused, or go
// quiet like those of a machine that sleeps. The browser keeps the server's own address, and the cut is one of TCP.
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Line {
  browser: Socket;
  server: Socket;
  agent: boolean; // an agent's socket, greeted by the server
  quiet: boolean;
  left: number; // bytes the browser still gets before the cut
}

export class Wire {
  private readonly lines = new Set<Line>();
  private readonly news = new EventEmitter();
  private down = false;

  private constructor(private readonly listener: Server) {
    listener.on('connection', (browser) => this.greet(browser));
  }

  static async open(): Promise<Wire> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Wire(listener);
  }

  get address(): string {
    return `socks5://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.cut();
    this.listener.close();
    await once(this.listener, 'close');
  }

  // cut breaks every connection, an agent's socket after so many further bytes. Who comes again is refused until mend, or not.
  cut({ after = 0, refuse = false } = {}): void {
    this.down = refuse;
    for (const line of this.lines) {
      if (line.agent && after > 0) line.left = after;
      else drop(line);
    }
  }

  mend(): void {
    this.cut(); // what waited for more bytes than came
    this.down = false;
  }

  // hush lets nothing more through, and neither end hears that the other is gone.
  hush(): void {
    for (const line of this.lines) line.quiet = true;
  }

  // greeted settles when the server next says hello to an agent's socket.
  async greeted(): Promise<void> {
    await once(this.news, 'greeted');
  }

  // The proxy's part of SOCKS 5: no questions, one kind of command, addresses of four bytes or names.
  private greet(browser: Socket): void {
    browser.on('error', () => {});
    if (this.down) return void browser.resetAndDestroy();
    browser.once('data', () => {
      browser.write(Buffer.from([5, 0]));
      browser.once('data', (asked: Buffer) => {
        const named = asked[3] === 3;
        const end = named ? 5 + asked[4]! : 8;
        const host = named ? asked.subarray(5, end).toString() : asked.subarray(4, 8).join('.');
        this.join(browser, connect(asked.readUInt16BE(end), host));
      });
    });
  }

  private join(browser: Socket, server: Socket): void {
    const line: Line = { browser, server, agent: false, quiet: false, left: Infinity };
    this.lines.add(line);
    server.once('connect', () => browser.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
    browser.on('data', (sent) => line.quiet || server.write(sent));
    server.on('data', (sent: Buffer) => {
      if (line.quiet) return;
      if (sent.length >= line.left) return void browser.write(sent.subarray(0, line.left), () => drop(line));
      line.left -= sent.length;
      browser.write(sent);
      if (line.agent || !sent.includes('"hello"')) return;
      line.agent = true;
      this.news.emit('greeted');
    });
    server.on('error', () => {});
    for (const [side, other] of [[browser, server], [server, browser]] as const) {
      side.on('close', () => {
        this.lines.delete(line);
        if (!line.quiet) other.destroySoon(); // once it has what was sent before
      });
    }
  }
}

function drop({ browser, server }: Line): void {
  browser.resetAndDestroy();
  server.resetAndDestroy();
}
