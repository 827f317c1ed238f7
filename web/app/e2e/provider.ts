// A company's OpenID Connect provider on loopback: whoever comes presses one button and is the person it holds.
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const base64url = (v: string | Buffer) => Buffer.from(v).toString('base64url');

export interface Person {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

export class Provider {
  readonly client = 'sidetone';
  readonly secret = 'a secret for stories';
  person!: Person;
  down = false;
  private readonly keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly codes = new Map<string, { nonce: string; challenge: string; redirect: string }>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((q, a) => {
      if (this.down) q.destroy();
      else void this.answer(q, a);
    });
  }

  static async start(person: Person): Promise<Provider> {
    const p = new Provider();
    p.person = person;
    await new Promise<void>((resolve) => p.server.listen(0, '127.0.0.1', resolve));
    return p;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(q: IncomingMessage, a: ServerResponse): Promise<void> {
    const url = new URL(q.url!, this.issuer);
    const json = (status: number, body: unknown) => a.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return void json(200, {
          issuer: this.issuer,
          authorization_endpoint: `${this.issuer}/authorize`,
          token_endpoint: `${this.issuer}/token`,
          jwks_uri: `${this.issuer}/keys`,
          end_session_endpoint: `${this.issuer}/logout`,
          response_types_supported: ['code'],
          id_token_signing_alg_values_supported: ['RS256'],
          code_challenge_methods_supported: ['S256'],
        });
      case '/keys':
        return void json(200, { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] });
      case '/authorize': {
        const code = randomUUID();
        const redirect = url.searchParams.get('redirect_uri')!;
        this.codes.set(code, { nonce: url.searchParams.get('nonce')!, challenge: url.searchParams.get('code_challenge')!, redirect });
        const back = new URL(redirect);
        back.search = new URLSearchParams({ code, state: url.searchParams.get('state')!, session_state: 'of no concern' }).toString();
        return void a.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Provider</title><a href="${back.href.replaceAll('&', '&amp;')}">Continue as ${this.person.name}</a>`);
      }
      case '/token': {
        let body = '';
        for await (const chunk of q) body += chunk;
        const form = new URLSearchParams(body);
        const [id, secret] = Buffer.from((q.headers.authorization ?? '').replace('Basic ', ''), 'base64').toString().split(':').map((v) => decodeURIComponent(v.replaceAll('+', ' ')));
        if (id !== this.client || secret !== this.secret) return void json(401, { error: 'invalid_client' });
        const grant = this.codes.get(form.get('code') ?? '');
        this.codes.delete(form.get('code') ?? '');
        const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
        if (!grant || grant.challenge !== challenge || grant.redirect !== form.get('redirect_uri')) return void json(400, { error: 'invalid_grant' });
        const now = Math.floor(Date.now() / 1000);
        const signed = `${base64url(JSON.stringify({ alg: 'RS256', kid: 'one' }))}.${base64url(JSON.stringify({ iss: this.issuer, aud: this.client, iat: now, exp: now + 300, nonce: grant.nonce, ...this.person }))}`;
        const id_token = `${signed}.${createSign('RSA-SHA256').update(signed).sign(this.keys.privateKey, 'base64url')}`;
        return void json(200, { access_token: 'none', token_type: 'Bearer', expires_in: 300, id_token });
      }
      case '/logout':
        return void a.writeHead(302, { Location: url.searchParams.get('post_logout_redirect_uri')! }).end();
    }
    a.writeHead(404).end();
  }
}
