// The certified OpenID Provider of the tests, with claims shaped like Keycloak's: roles and tenant in the access token only.
// Settings come from the environment; what it was asked is told at /_test/log, and /_test/fail makes the next token
// request fail.
import { createRequire } from 'node:module';
import { generateKeyPairSync } from 'node:crypto';

const require = createRequire(`${process.env.MODULES}/package.json`);
const { default: Provider } = await import(require.resolve('oidc-provider'));

const { PORT, PORTAL, CLIENT_ID, CLIENT_SECRET, PASSWORD } = process.env;
const ISSUER = `http://127.0.0.1:${PORT}`;
const PLATFORM = 'https://platform.example';
const SCOPES = 'openid email profile roles';
const tenant = '018f0000-0000-7000-8000-000000000001';
const people = {
  'owner@bank.example': { name: 'Owner', roles: ['customer', 'owner'], tenant_id: tenant },
  'tam@platform.example': { name: 'Tam', roles: ['tam'] },
  'nobody@bank.example': { name: 'Nobody', roles: [], tenant_id: tenant },
};
const claimsOf = ({ roles, tenant_id }) => ({ realm_access: { roles: [...roles, 'offline_access'] }, ...(tenant_id && { tenant_id }) });
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider(ISSUER, {
  clients: [{
    client_id: CLIENT_ID, client_secret: CLIENT_SECRET,
    redirect_uris: [`${PORTAL}/auth/callback`], post_logout_redirect_uris: [`${PORTAL}/login`],
    grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'RS256',
    backchannel_logout_uri: `${PORTAL.replace('localhost', '127.0.0.1')}/auth/backchannel-logout`,
    backchannel_logout_session_required: true,
  }],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'one' }] },
  cookies: { keys: ['a key for the cookies of a test'] },
  pkce: { required: () => true },
  scopes: SCOPES.split(' '),
  claims: { openid: ['sub', 'sid'], email: ['email'], profile: ['name'] },
  conformIdTokenClaims: false,
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: { AccessToken: 3600, IdToken: 3600, RefreshToken: 604800, AuthorizationCode: 60, Interaction: 600, Session: 86400, Grant: 604800 },
  findAccount: async (ctx, sub) => people[sub] && { accountId: sub, claims: async () => ({ sub, email: sub, name: people[sub].name }) },
  extraTokenClaims: async (ctx, token) => (token.accountId ? { email: token.accountId, ...claimsOf(people[token.accountId]) } : undefined),
  loadExistingGrant: async (ctx) => { // our own client: nobody is asked for consent
    const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    const grant = (known && await ctx.oidc.provider.Grant.find(known))
      ?? new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(SCOPES);
    grant.addResourceScope(PLATFORM, SCOPES);
    await grant.save();
    return grant;
  },
  // It refuses to call loopback addresses by itself, where the portal of the tests is.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  features: {
    devInteractions: { enabled: false }, revocation: { enabled: true }, introspection: { enabled: true }, backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true, defaultResource: () => PLATFORM, useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: SCOPES, audience: 'platform', accessTokenFormat: 'jwt', accessTokenTTL: 3600, jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
});

const asked = [];
let failure = null;
const read = async (request) => { let text = ''; for await (const chunk of request) text += chunk; return new URLSearchParams(text); };
const form = (uid, message) => `<!doctype html><html lang="en"><head><title>Issuer</title><link rel="icon" href="data:,"></head><body>
${message ? `<p id="login-error" role="alert">${message}</p>` : ''}<form method="post" action="/interaction/${uid}">
<input id="email" name="email" autocomplete="username"><input id="password" name="password" type="password" autocomplete="current-password"><button id="submit">Sign in</button></form>
<a id="cancel" href="/interaction/${uid}/cancel">Cancel</a></body></html>`;

provider.use(async (ctx, next) => {
  if (ctx.path === '/_test/log') { ctx.body = asked; return undefined; }
  if (ctx.path === '/_test/fail') { failure = { status: +ctx.query.status, retryAfter: ctx.query.retryAfter }; ctx.body = 'ok'; return undefined; }
  const step = /^\/interaction\/([^/]+)(\/cancel)?$/.exec(ctx.path);
  if (step) {
    const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
    if (step[2]) { ctx.respond = false; return provider.interactionFinished(ctx.req, ctx.res, { error: 'access_denied' }); }
    if (ctx.method === 'GET') { ctx.type = 'html'; ctx.body = form(uid); return undefined; }
    const given = await read(ctx.req);
    if (!people[given.get('email')] || given.get('password') !== PASSWORD) { ctx.type = 'html'; ctx.body = form(uid, 'Wrong email or password.'); return undefined; }
    ctx.respond = false;
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: given.get('email') } });
  }
  if (ctx.method === 'POST' && ctx.path === '/token' && failure) {
    ctx.status = failure.status; ctx.set('retry-after', failure.retryAfter ?? '1'); ctx.body = { error: 'temporarily_unavailable' }; failure = null;
    return undefined;
  }
  await next();
  if (ctx.path === '/token') asked.push({ grant: ctx.oidc?.params?.grant_type, status: ctx.status });
  return undefined;
});
provider.listen(+PORT, '127.0.0.1', () => console.log('listening'));
