import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../gateway/config.ts';
import { startGateway } from '../../gateway/server.ts';
import { routesOf } from '../../platform/http/routes.ts';
import { createLog } from '../../platform/telemetry/log.ts';
import { openEmbeddedHouse } from '../../subgraphs/embedded.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { freshDatabase } from '../testkit/template.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { Visitor, type Place } from './place.ts';

/** The whole house in this process on an embedded database, assembled as by `npm start`. */
export async function openEmbedded(): Promise<Place> {
  const dataDir = throwawayFolder('place');
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, CONSOLE_DIR: '/nonexistent' }, ['--no-demo']);
  const log = createLog({ level: 'error' });
  const { database } = await freshDatabase('embedded', subgraphs);
  const house = await openEmbeddedHouse({ ...config, here: subgraphs.map(({ name }) => name) }, database, log);
  const supergraphSdl = registrySupergraph().sdl;
  const routes = routesOf(subgraphs);
  const { services, ready } = house;
  const gateway = await startGateway({ config, services, supergraphSdl, routes, log, ready });
  await house.started(gateway);
  const place: Place = {
    url: gateway.url,
    // The relay delivers a fact some milliseconds after its commit; less than the five seconds of the rights cache.
    rightsPatience: 4_500,
    async operatorToken() {
      const { email, password } = JSON.parse(readFileSync(join(dataDir, 'operator.json'), 'utf8')) as Record<
        string,
        string
      >;
      return signIn(place, email, password);
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await house.close();
      removeFolder(dataDir);
    },
  };
  return place;
}

/** Signs in; returns the access token. */
export async function signIn(place: Place, email?: string, password?: string): Promise<string> {
  const { sessionSignIn } = await new Visitor(place).ask(
    'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }',
    { input: { email, password } },
  );
  return sessionSignIn.accessToken as string;
}
