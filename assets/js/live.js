/* Open pages hear of new numbers as they come (portal/web/live.py) and then ask for them as their interval would. One tab
   of a browser listens for all that show the same account: who holds the lock opens the stream, and passes on what it hears.
   Tabs that nobody looks at hear nothing and ask nothing. Wherever the stream cannot be had, the interval asks. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var ADDRESS = '/_live', CHANNEL = 'portal-live';
  var START_MS = 1500;          /* the page comes first */
  var HIDDEN_MS = 5000;         /* a glance at another tab changes nothing */
  var OPENING_MS = 10000;       /* a proxy that keeps what it is to pass on does so now */
  var SILENCE_MS = 60000;       /* something is said every 25 s at the latest */
  var VAIN_MS = 3000;           /* what was asked for a moment ago may be what others were told just before */
  var SOONEST_MS = 2000, LATEST_MS = 300000;
  var page = null;              /* what is shown: {live: the interval's id, revision, key, gap} */
  var asked = 0, vain = 0, ticking = null;
  var newest = null, lastId = '', live = false, heard = 0;
  var wanted = null;            /* whoever waits for the lock or holds it, to be aborted */
  var leading = false, failures = 0, hint = 0, starting = null, hiding = null;
  var channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(CHANNEL) : null;

  function jittered(ms) { return ms * (0.5 + Math.random()); }

  /* The account that an internal user looks at; customers have one. */
  function account() { return new URLSearchParams(location.search).get('tenantId') || ''; }

  function onPage() { return page && document.querySelector('#react-entry-point [data-live="' + page.live + '"]'); }

  function set(properties) { if (onPage()) clientside.set_props(page.live, properties); }

  /* --- what is shown, and asking for what is not ---------------------------------------------------------------- */
  function tick() {
    ticking = null;
    if (!onPage() || document.hidden) return;
    asked = Date.now();
    set({ n_intervals: asked % 1000000007 });
    wish(vain++ ? page.gap : VAIN_MS); /* unless it brings what is missing, once more */
  }

  /* Whether something else is shown than what there is; where that is not all there, asking may bring it. */
  function behind() { return live && page && (page.revision === null || (newest !== null && newest !== page.revision)); }

  function wish(pause) {
    if (!behind() || ticking !== null) return;
    ticking = setTimeout(function () {
      ticking = null;
      if (behind()) tick();
    }, Math.max(jittered(300), asked + pause - Date.now()));
  }

  function tell(news) {
    heard = Date.now();
    live = news.live;
    if (!live) newest = null;
    else if (news.revision !== undefined) newest = news.revision;
    set({ disabled: live || document.hidden }); /* live: the interval rests */
    /* As often as the interval would, and no more: traffic that never ends changes something every second. */
    if (page) wish(page.gap);
  }

  /* --- one listener per browser --------------------------------------------------------------------------------- */
  function pass(news) {
    tell(news);
    repeat();
  }

  function repeat() {
    if (!channel || !page || !leading) return;
    channel.postMessage({ key: page.key, news: newest === null ? { live: live } : { live: live, revision: newest } });
  }

  if (channel) {
    channel.onmessage = function (message) {
      var said = message.data || {};
      if (!page || said.key !== page.key) return;
      if (said.news && wanted && !leading) tell(said.news);
      if (said.ask && heard) repeat();
    };
  }

  function start() {
    starting = null;
    if (wanted || document.hidden || !onPage()) return;
    wanted = new AbortController();
    var signal = wanted.signal;
    if (!channel || !navigator.locks) { lead(signal); return; }
    channel.postMessage({ key: page.key, ask: true });
    navigator.locks.request(CHANNEL + ':' + page.key, { signal: signal }, function () { return lead(signal); })
      .catch(function () { /* gave up waiting */ });
  }

  function stop() {
    if (wanted) wanted.abort();
    wanted = null;
    clearTimeout(starting); clearTimeout(ticking);
    starting = ticking = null;
    newest = null; live = false; heard = 0;
  }

  function lead(signal) {
    leading = true;
    failures = 0;
    return new Promise(function (done) {
      signal.addEventListener('abort', function () { leading = false; done(); });
      if (signal.aborted) { leading = false; done(); return; }
      listen(signal);
    });
  }

  /* --- the stream ----------------------------------------------------------------------------------------------- */
  function listen(signal) {
    if (signal.aborted) return;
    if (!onPage()) { stop(); return; }
    var attempt = new AbortController(), silence;
    function give() { attempt.abort(); }
    function wait(ms) { clearTimeout(silence); silence = setTimeout(give, ms); }
    function again(ms) {
      clearTimeout(silence);
      signal.removeEventListener('abort', give);
      if (signal.aborted) return;
      pass({ live: false });
      setTimeout(function () { listen(signal); }, ms);
    }
    signal.addEventListener('abort', give);
    function failed() {
      failures += 1;
      again(Math.max(jittered(Math.min(SOONEST_MS * Math.pow(2, failures), LATEST_MS)), hint));
    }
    wait(OPENING_MS);
    var key = page.key, opened = Date.now();
    fetch(ADDRESS + (key ? '?tenantId=' + encodeURIComponent(key) : ''), {
      headers: lastId ? { 'Last-Event-ID': lastId } : {}, signal: attempt.signal, cache: 'no-store'
    }).then(function (response) {
      if (response.status !== 200 || !response.body) {
        if (response.status === 401) set({ n_intervals: Date.now() % 1000000007 }); /* its answer leads to signing in */
        var later = parseInt(response.headers.get('Retry-After'), 10) * 1000;
        again(response.status === 503 && later ? later + jittered(later) / 2 : jittered(LATEST_MS));
        return null;
      }
      return read(response.body.getReader(), wait, function () {
        if (onPage() && page.key === key) return true;
        stop();
        schedule();
        return false;
      }).then(function (ended) {
        if (Date.now() - opened > SILENCE_MS) failures = 0;
        if (ended) again(Math.max(hint, 500));
        else failed(); /* one that is always cut soon is asked for ever more seldom */
      });
    }).catch(failed);
  }

  /* Until its end: whether it was one that the portal meant. */
  function read(reader, wait, goOn) {
    var decoder = new TextDecoder(), rest = '', name = '', data = '', id = null, ended = false;
    function field(line) {
      var at = line.indexOf(':'), key = at < 0 ? line : line.slice(0, at);
      var value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
      if (key === 'event') name = value;
      else if (key === 'data') data = value;
      else if (key === 'id') id = value;
      else if (key === 'retry' && /^\d+$/.test(value)) hint = parseInt(value, 10);
    }
    function block() {
      if (id !== null) lastId = id;
      if (name === 'end') ended = true;
      if (name === 'news') {
        var news = JSON.parse(data);
        if (news.live && news.revision === undefined) news.revision = parseInt(lastId, 10); /* nothing since */
        pass(news);
      }
      name = data = ''; id = null;
    }
    function next() {
      return reader.read().then(function (part) {
        if (part.done) return ended;
        wait(SILENCE_MS);
        if (!goOn()) { reader.cancel(); return false; }
        rest += decoder.decode(part.value, { stream: true });
        var lines = rest.split('\n');
        rest = lines.pop();
        lines.forEach(function (line) { if (line) field(line); else block(); });
        if (heard) repeat();
        return next();
      });
    }
    return next();
  }

  /* --- beginning and ending ------------------------------------------------------------------------------------- */
  function schedule() {
    if (starting === null && !wanted && page && !document.hidden) starting = setTimeout(start, START_MS);
  }

  document.addEventListener('visibilitychange', function () {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(function () { stop(); set({ disabled: true }); }, HIDDEN_MS);
    } else if (onPage() && !wanted) {
      set({ disabled: false });
      if (Date.now() - asked > page.gap) tick();
      start();
    }
  });
  window.addEventListener('pagehide', stop);
  window.addEventListener('pageshow', function (event) { if (event.persisted) schedule(); });

  /* A tab that waits for its turn and hears nothing from the one that listens asks for itself. */
  setInterval(function () {
    if (wanted && !leading && live && Date.now() - heard > SILENCE_MS) tell({ live: false });
  }, SILENCE_MS / 2);

  clientside.portal = Object.assign(clientside.portal || {}, {
    /* Called with the revision that a page shows, whenever it shows another or is another. */
    showsRevision: function (revision, interval, liveId) {
      var key = account(), same = page && page.key === key;
      if (!same && wanted) stop();
      if (!same) lastId = '';
      page = { live: liveId, revision: revision, key: key, gap: interval };
      vain = 0;
      setTimeout(function () { /* when the page stands */
        set({ disabled: live || document.hidden });
        wish(interval);
        schedule();
      }, 0);
    },
  });
})();
