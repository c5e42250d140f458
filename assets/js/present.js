/* Presenting a business review: larger and without the frame, section by section; and the same on paper.
   Sections are marked with data-qbr-section; what was written beside them is shown as text meanwhile. */
(function () {
  'use strict';
  var ROOT = document.documentElement, PAGE = '#react-entry-point .qbr';
  var NEXT = ['ArrowDown', 'PageDown', ' ', 'Enter'], BACK = ['ArrowUp', 'PageUp'];
  var MARGIN = 96; /* of a section's end, which nothing stands in */
  var at = 0, theme = null;

  function presenting() {
    return ROOT.classList.contains('presenting');
  }

  function sections() {
    return Array.prototype.filter.call(document.querySelectorAll(PAGE + ' [data-qbr-section]'), function (section) {
      return section.getClientRects().length > 0;
    });
  }

  /* What is in the fields, saved or not, is what the audience reads. */
  function say() {
    document.querySelectorAll(PAGE + ' .qbr-comment').forEach(function (comment) {
      var said = comment.querySelector('[data-qbr-said]'), text = comment.querySelector('textarea').value.trim();
      said.textContent = text;
      comment.classList.toggle('qbr-silent', !text);
    });
  }

  /* Pictures take the room that they have now. */
  function fit() {
    window.dispatchEvent(new Event('resize'));
    if (!window.Plotly) return;
    document.querySelectorAll(PAGE + ' .js-plotly-plot').forEach(function (plot) {
      if (plot.getClientRects().length) window.Plotly.Plots.resize(plot);
    });
  }

  function tell(all) {
    var place = document.querySelector(PAGE + ' [data-qbr-place]'), presenter = place;
    if (!place) return;
    function digits(number) {
      return String(number).replace(/[0-9]/g, function (digit) { return Array.from(presenter.dataset.digits)[digit]; });
    }
    place.textContent = place.dataset.qbrPlace.replace('{place}', digits(at + 1)).replace('{count}', digits(all.length));
  }

  function go(to) {
    var all = sections();
    if (!all.length) return;
    at = Math.max(0, Math.min(all.length - 1, to));
    var calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    var top = at === 0 ? 0 : all[at].getBoundingClientRect().top + window.scrollY;
    window.scrollTo({ top: top, behavior: calm ? 'auto' : 'smooth' });
    all[at].focus({ preventScroll: true });
    tell(all);
  }

  /* A section that is longer than the screen is read to its end first. */
  function step(by) {
    var all = sections(), box = all[at] && all[at].getBoundingClientRect(), room = window.innerHeight;
    if (box && by > 0 && box.bottom > room + MARGIN && box.top > -box.height) {
      window.scrollBy({ top: Math.min(room * 0.8, box.bottom - room) });
    } else if (box && by < 0 && box.top < -8) {
      window.scrollBy({ top: Math.max(-room * 0.8, box.top) });
    } else {
      go(at + by);
    }
  }

  function start() {
    if (presenting() || !document.querySelector(PAGE + ' [data-qbr-section]')) return;
    say();
    ROOT.classList.add('presenting');
    fit();
    go(0);
  }

  function leave() {
    if (!presenting()) return;
    ROOT.classList.remove('presenting');
    fit();
    var shown = document.querySelectorAll(PAGE + ' [data-qbr-section]')[at];
    var button = document.querySelector(PAGE + ' [data-qbr-present]');
    if (button) button.focus({ preventScroll: true });
    if (shown && at) shown.scrollIntoView({ block: 'start' });
  }

  document.addEventListener('click', function (event) {
    var control = event.target.closest && event.target.closest('[data-qbr-present], [data-qbr-leave], [data-qbr-step]');
    if (!control) return;
    if (control.hasAttribute('data-qbr-present')) start();
    else if (control.hasAttribute('data-qbr-leave')) leave();
    else step(Number(control.dataset.qbrStep));
  });

  document.addEventListener('keydown', function (event) {
    if (!presenting() || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Escape') {
      leave();
      return;
    }
    var on = event.target, pressed = on.closest && on.closest('a, button, summary, input, select, textarea');
    if (pressed && (event.key === ' ' || event.key === 'Enter' || pressed.matches('input, select, textarea'))) return;
    var forward = ROOT.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight', backward = ROOT.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    var back = event.key === backward || BACK.indexOf(event.key) >= 0 || (event.key === ' ' && event.shiftKey);
    if (back) step(-1);
    else if (event.key === forward || NEXT.indexOf(event.key) >= 0) step(1);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(sections().length - 1);
    else return;
    event.preventDefault();
  });

  /* A chart leads to its messages: the page that opens then is an ordinary one. */
  function away() {
    window.setTimeout(function () {
      if (presenting() && !document.querySelector(PAGE)) leave();
    }, 0);
  }
  window.addEventListener('popstate', away);
  new MutationObserver(away).observe(ROOT, { subtree: true, childList: true });

  window.addEventListener('beforeprint', function () {
    if (!document.querySelector(PAGE)) return;
    say();
    theme = ROOT.getAttribute('data-bs-theme');
    ROOT.setAttribute('data-bs-theme', 'light');
    ROOT.classList.add('on-paper');
    fit();
  });

  window.addEventListener('afterprint', function () {
    if (!ROOT.classList.contains('on-paper')) return;
    ROOT.classList.remove('on-paper');
    if (theme) ROOT.setAttribute('data-bs-theme', theme);
    else ROOT.removeAttribute('data-bs-theme');
    fit();
  });
})();
