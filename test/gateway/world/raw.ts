import { WebSocket } from 'ws';
import type { World } from './world.ts';

/** A socket without a client library: the test writes each message, and reads only if it wants to. */
export interface Raw {
  socket: WebSocket;
  /** Received messages, newest last. */
  messages: Record<string, unknown>[];
  closed: Promise<{ code: number; reason: string }>;
  say(...messages: Record<string, unknown>[]): void;
}

/** Opens a socket and sends connection_init. */
export async function openRaw(world: Pick<World, 'url'>, path = '/graphql'): Promise<Raw> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws');
  const messages: Record<string, unknown>[] = [];
  const failed = new Promise<never>((_, reject) => socket.on('error', reject));
  failed.catch(() => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await Promise.race([new Promise((resolve) => socket.once('open', resolve)), failed]);
  const say = (...list: Record<string, unknown>[]): void => {
    for (const message of list) socket.send(JSON.stringify(message));
  };
  const acknowledged = new Promise((resolve) => socket.once('message', resolve));
  say({ type: 'connection_init' });
  await Promise.race([acknowledged, closed]);
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Record<string, unknown>));
  return { socket, messages, closed, say };
}
