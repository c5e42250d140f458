/* The menu of saved views (components/views.py): its list is asked for whenever it opens, with what the log showed before,
   so that a view that was changed since it was opened is known for it; arrow keys go through the list. */
(function () {
  'use strict';
  var MOST = 20;
  var STEP = '_dashprivate_pushstate'; /* how dcc.Link and address.js tell of a step */
  var path = window.location.pathname, now = query(), before = [];

  function query() {
    return window.location.search.replace(/^\?/, '');
  }

  function follow() {
    if (window.location.pathname !== path) {
      path = window.location.pathname;
      before = [];
    } else if (query() !== now) {
      before = [now].concat(before).slice(0, MOST);
    }
    now = query();
  }

  function followSoon() {
    window.setTimeout(follow, 0);
  }

  function set(menu, id, props) {
    var write = window.dash_clientside && window.dash_clientside.set_props;
    if (write && menu.closest('#react-entry-point')) write(id, props);
  }

  function ask(menu) {
    set(menu, menu.dataset.views, { data: { at: Date.now(), before: before } });
  }

  /* What it showed may be wrong when it opens again: which view is open, what there is to update. */
  function forget(menu) {
    set(menu, menu.dataset.viewsList, { hidden: true });
    set(menu, menu.dataset.viewsWaiting, { hidden: false });
  }

  window.addEventListener('popstate', followSoon);
  window.addEventListener(STEP, followSoon);

  document.addEventListener('toggle', function (event) {
    var menu = event.target;
    if (!menu.matches('details[data-views]')) return;
    if (menu.open) ask(menu);
    else forget(menu);
  }, true);

  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-views-retry], [data-view-act]');
    if (!button) return;
    var menu = button.closest('details');
    if (button.dataset.viewAct) {
      set(menu, button.dataset.viewAct, { data: (button.dataset.view || '') + ' ' + Date.now() });
    } else {
      menu.querySelector('summary').focus(); /* the button goes away */
      ask(menu);
    }
  });

  /* Up and down from row to row, to the sides within one: a link and what can be done with it. */
  function next(menu, key) {
    var rows = Array.prototype.slice.call(menu.querySelectorAll('[data-views-row]')).map(function (row) {
      return Array.prototype.slice.call(row.querySelectorAll('a, button'));
    });
    if (!rows.length) return null;
    var active = document.activeElement;
    var at = rows.findIndex(function (row) { return row.indexOf(active) >= 0; });
    if (at < 0) return key === 'ArrowDown' ? rows[0][0] : null;
    var row = rows[at], column = row.indexOf(active);
    if (key === 'Home') return rows[0][0];
    if (key === 'End') return rows[rows.length - 1][0];
    if (key === 'ArrowUp' && at === 0) return menu.querySelector('summary');
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      var other = rows[at + (key === 'ArrowDown' ? 1 : -1)];
      return other ? other[Math.min(column, other.length - 1)] : active;
    }
    var forward = (key === 'ArrowRight') === (document.documentElement.dir !== 'rtl');
    return row[column + (forward ? 1 : -1)] || active;
  }

  var KEYS = ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'Home', 'End'];

  document.addEventListener('keydown', function (event) {
    if (KEYS.indexOf(event.key) < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    var menu = event.target.closest && event.target.closest('details[data-views]');
    if (!menu) return;
    if (!menu.open) {
      if (event.key !== 'ArrowDown') return;
      event.preventDefault();
      menu.open = true;
      return;
    }
    var target = next(menu, event.key);
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
})();
