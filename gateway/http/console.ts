import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../platform/telemetry/log.ts';
import { answer } from './answer.ts';
import { contentSecurityPolicy } from './security.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

/** Milliseconds for which the list of the folder's files is reused. */
const listLifetime = 1_000;

interface File {
  path: string;
  size: number;
  type: string;
  modified: string;
}

/**
 * The console's files. The folder is listed at most once a second. A request is looked up in that list by its whole path, so no path
 * leads out of the folder.
 */
export class ConsoleFiles {
  private readonly directory: string;
  private readonly log: Logger;
  private files = new Map<string, File>();
  private listedAt = 0;
  private listing: Promise<void> | null = null;

  constructor(directory: string, log: Logger) {
    this.directory = directory;
    this.log = log;
  }

  /** Answers GET and HEAD of a file; returns false if there is no such file. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string, trustProxy: number): Promise<boolean> {
    const name = path === '/' ? '/index.html' : path;
    // The page names the files: when it is requested, or when a file is unknown, the console may have been rebuilt.
    const mayBeNew = name === '/index.html' || !this.files.has(name);
    if (mayBeNew) await this.look();
    const file = this.files.get(name);
    if (!file) {
      if (name !== '/index.html') return false;
      answer(request, response, 200, this.pageHeaders(request, trustProxy), unbuilt);
      return true;
    }
    const page = name === '/index.html';
    const headers: Record<string, string> = page
      ? this.pageHeaders(request, trustProxy)
      : {
          'content-type': file.type,
          // Names under /assets contain a hash of the content, so the content of a name never changes.
          'cache-control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'public, max-age=3600',
        };
    const etag = `"${file.size.toString(16)}-${Date.parse(file.modified).toString(16)}"`;
    if (request.headers['if-none-match'] === etag) {
      answer(request, response, 304, { ...headers, etag }, '');
      return true;
    }
    response.writeHead(200, { ...headers, etag, 'content-length': String(file.size), 'last-modified': file.modified });
    if (request.method === 'HEAD') response.end();
    else {
      await pipeline(createReadStream(file.path), response).catch((error: unknown) => {
        // The client left, or the console was rebuilt meanwhile; either way this answer is over.
        this.listedAt = 0;
        this.files.clear();
        this.log.debug({ err: error, path }, 'a file was not sent completely');
      });
    }
    return true;
  }

  private pageHeaders(request: IncomingMessage, trustProxy: number): Record<string, string> {
    return {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': contentSecurityPolicy(request, trustProxy),
    };
  }

  /** Lists the folder unless the list is recent; concurrent requests wait for the same list. */
  private async look(): Promise<void> {
    if (!this.listing && Date.now() - this.listedAt <= listLifetime) return;
    this.listing ??= this.list().finally(() => {
      this.listedAt = Date.now();
      this.listing = null;
    });
    await this.listing;
  }

  private async list(): Promise<void> {
    const found = new Map<string, File>();
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.log.warn({ err: error }, 'the console cannot be read');
      return [];
    });
    for (const entry of entries) {
      // Links are skipped: they could lead out of the folder.
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const facts = await stat(path).catch(() => null);
      // The file is gone since the folder was listed: the console is being rebuilt.
      if (!facts) continue;
      const { size, mtime } = facts;
      const name = `/${relative(this.directory, path).split(sep).join('/')}`;
      found.set(name, {
        path,
        size,
        type: types[extname(path).toLowerCase()] ?? 'application/octet-stream',
        modified: mtime.toUTCString(),
      });
    }
    this.files = found;
  }
}

const unbuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Ensemble</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>Ensemble</h1>
<p>The graph is up, and its console was not built yet. Build it with <code>npm run prepare</code> and load this page again.</p>
<p>Meanwhile: POST queries to <code>/graphql</code>, subscribe at the same path over WebSocket, and read the schema at
<a href="/schema.graphql">/schema.graphql</a>.</p>
`;
