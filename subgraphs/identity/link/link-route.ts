import { HttpFault } from '../../../platform/http/failure.ts';
import type { HttpRoute } from '../../../platform/http/routes.ts';
import { linkPageScript } from './link-page-script.ts';
import { linkPage, linkPagesPrefix } from './link-pages.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The pages that links in mails open. A page does nothing until its button is pressed, so that programs that open links in mails do
 * not use up tokens.
 */
export const linkRoute: HttpRoute = {
  prefix: linkPagesPrefix,
  description: 'The pages that links in mails open: confirm an address, set a password, sign up, accept an invitation.',
  methods: ['GET', 'HEAD'],
  open: false,
  anonymous: true,
  async handle({ request, response, url }) {
    const name = url.pathname.slice(linkPagesPrefix.length);
    const text = name === 'page.js' ? linkPageScript : linkPage(name);
    if (text === null) throw new HttpFault(404, 'There is no such page.');
    response.writeHead(200, {
      'content-type': `text/${name === 'page.js' ? 'javascript' : 'html'}; charset=utf-8`,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-cache',
      'content-security-policy': policy,
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  },
};
