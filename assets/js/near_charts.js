/* A chart is the picture that came with the page (drawn on a first load, in its figure on a page that was opened by a link), or
   with its newer numbers, until a reader comes near it: its marks say what they are and lead to their messages as they stand.
   Plotly, more than half of what a page with charts would weigh, is fetched when a reader moves, and draws a chart when it is
   pointed at, reached by keyboard or saved; the picture lies over the graph meanwhile. A graph without a picture is drawn
   without being asked, as soon as there is something to draw. Where many are due at once, those that are seen come first. */
(function () {
  'use strict';
  var React = window.React, dcc = window.dash_core_components, Drawn = dcc.Graph;
  var ASK_AGAIN = 5000; /* milliseconds after Plotly did not arrive */
  var REST = 100, RESPITE = 1000; /* milliseconds after a reader's first move, and after what they press */
  var standing = {}; /* by the id of a graph that Plotly has not drawn: how it does, and whether there is anything to draw */
  var plotly = null;

  function fetchPlotly() {
    plotly = plotly || new Promise(function (resolve, reject) {
      if (window.Plotly) {
        resolve();
        return;
      }
      var script = document.createElement('script');
      script.onload = resolve;
      script.onerror = function () {
        window.setTimeout(function () { plotly = null; }, ASK_AGAIN);
        reject(new Error('plotly.js did not arrive'));
      };
      script.src = window._dashPlotlyJSURL;
      document.head.append(script);
    });
    return plotly;
  }

  function pictureOf(id) {
    var page = document.getElementById('portal-first-paint');
    return page && page.querySelector('.dash-graph[id="' + CSS.escape(id) + '"] > svg');
  }

  /* Until it has code to run, dcc.Graph is an empty placeholder: the box keeps the room that the picture had. */
  function cover(graph, picture, old) {
    var box = graph.parentElement, sheet = document.createElement('div');
    var room = box.offsetHeight, start = graph.offsetTop, size = graph.offsetHeight;
    if (getComputedStyle(box).position === 'static') box.classList.add('portal-chart-box');
    box.style.minBlockSize = room + 'px';
    sheet.className = 'portal-chart-cover' + (old ? ' portal-chart-old' : '');
    sheet.style.insetBlockStart = start + 'px';
    sheet.style.blockSize = size + 'px';
    sheet.append(picture);
    box.append(sheet);
    whenDrawn(graph.id, function () {
      sheet.remove();
      box.style.minBlockSize = '';
    });
  }

  /* When Plotly has drawn into the graph and dcc no longer hides it, or when it has left the page. */
  function whenDrawn(id, act) {
    function done() {
      var graph = document.getElementById(id);
      return !graph || (graph.querySelector('.main-svg') && !graph.querySelector('.dash-graph--pending'));
    }
    if (done()) {
      act();
      return;
    }
    var watch = new MutationObserver(function () {
      if (!done()) return;
      watch.disconnect();
      act();
    });
    watch.observe(document.getElementById('react-entry-point'), { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });
  }

  /* Those that are seen at once, the others one after the other while the browser has nothing else to do. */
  var due = [];
  function inTurn(place, draw) {
    var box = place.getBoundingClientRect();
    if (box.top < window.innerHeight && box.bottom > 0) {
      draw();
      return;
    }
    due.push(draw);
    if (due.length === 1) whenIdle(drawNext);
  }
  function drawNext() {
    var draw = due[0];
    draw().then(function () {
      due.shift();
      if (due.length) whenIdle(drawNext);
    });
  }
  function whenIdle(act) {
    if (window.requestIdleCallback) window.requestIdleCallback(act, { timeout: 1000 });
    else window.setTimeout(act, 50);
  }

  /* A picture that came with numbers, or with a page that a link opened (components/charts/pictured.py): made node by node, and of nothing but shapes. */
  var SHAPES = ['a', 'circle', 'clipPath', 'defs', 'g', 'line', 'path', 'pattern', 'rect', 'svg', 'text', 'title', 'tspan'];
  function build(part) {
    if (typeof part === 'string') return document.createTextNode(part);
    if (SHAPES.indexOf(part[0]) < 0) throw new TypeError('no part of a picture: ' + part[0]);
    var made = document.createElementNS('http://www.w3.org/2000/svg', part[0]);
    Object.keys(part[1]).forEach(function (name) {
      var value = String(part[1][name]);
      if (/^(?:on|style$|xlink)/i.test(name) || (name === 'href' && !/^[/?](?!\/)/.test(value))) throw new TypeError('no attribute of a picture: ' + name);
      made.setAttribute(name, value);
    });
    part.slice(2).forEach(function (child) { made.append(build(child)); });
    return made;
  }

  function pictureIn(figure) {
    var meta = figure && figure.layout && figure.layout.meta;
    return meta && meta.picture ? build(meta.picture) : null;
  }

  function isBlank(figure) {
    return !figure || !figure.data || !figure.data.length;
  }

  function Graph(props) {
    var one = React.useRef(null), place = React.useRef(null), state = React.useState(false);
    var drawn = state[0], setDrawn = state[1];
    if (!one.current) one.current = { picture: pictureOf(props.id) || pictureIn(props.figure), figure: props.figure };
    var my = one.current;
    my.old = props.figure !== my.figure;
    my.blank = isBlank(props.figure);

    function draw() {
      return fetchPlotly().catch(function (error) {
        if (my.picture) throw error;
        /* without a picture dcc asks once more, and says what failed */
      }).then(function () {
        if (!my.here) return;
        if (my.picture && !my.covered) cover(place.current, my.picture, my.old);
        my.covered = true;
        setDrawn(true);
      });
    }

    React.useLayoutEffect(function () {
      my.here = true;
      if (my.picture) place.current.append(my.picture);
      return function () { my.here = false; };
    }, []);

    /* In the same breath as the page is there: what comes near it then is not missed. */
    React.useLayoutEffect(function () {
      if (drawn) return undefined;
      standing[props.id] = { draw: draw, of: my };
      return function () { delete standing[props.id]; };
    }, [drawn]);

    /* New numbers bring their picture. Without one, the picture is seen to be old while Plotly is on its way. */
    React.useLayoutEffect(function () {
      if (my.picture && !my.old) return;
      var picture = drawn ? null : pictureIn(props.figure);
      if (picture) {
        my.picture = picture;
        my.figure = props.figure;
        place.current.replaceChildren(my.picture);
        place.current.classList.remove('portal-chart-old', 'dash-graph--blank', 'dash-graph--pending');
        return;
      }
      if (my.picture && my.picture.parentElement) my.picture.parentElement.classList.add('portal-chart-old');
      if (drawn || my.blank) return;
      inTurn(place.current, function () { return draw().catch(function () { /* it stays, and looks old */ }); });
    }, [props.figure]);

    if (drawn) return React.createElement(Drawn, props);
    return React.createElement('div', {
      id: props.id,
      ref: place,
      className: ['dash-graph', props.className, my.picture ? '' : my.blank ? 'dash-graph--blank' : 'dash-graph--pending'].filter(Boolean).join(' '),
      style: props.style
    });
  }
  /* dcc's own names cannot be set anew. */
  window.dash_core_components = Object.create(dcc, { Graph: { value: Graph, enumerable: true } });

  function near(event) {
    if (event.pointerType === 'touch' && event.type !== 'click') return; /* a finger that scrolls wants nothing of a chart */
    var card = event.target.closest && event.target.closest('.chart-card, .dash-graph');
    if (!card) return;
    [card].concat(Array.from(card.querySelectorAll('.dash-graph'))).forEach(function (graph) {
      var one = standing[graph.id];
      if (one && !one.of.blank) one.draw().catch(function () { /* the picture stays */ });
    });
  }
  ['pointerover', 'focusin', 'click'].forEach(function (name) { document.addEventListener(name, near, true); });

  /* Whoever moves may soon point at a chart. Fingers scroll past most, often where bytes are dear. */
  function wake(event) {
    var some = Object.keys(standing).some(function (id) { return !standing[id].of.blank; });
    if (event.pointerType === 'touch' || !some) return;
    ['pointermove', 'keydown'].forEach(function (name) { document.removeEventListener(name, wake, true); });
    if (navigator.connection && navigator.connection.saveData) return;
    prepare();
  }
  ['pointermove', 'keydown'].forEach(function (name) { document.addEventListener(name, wake, true); });

  /* Plotly takes a tenth of a second of the page's thread, and the first move often is the way to a link or a filter: what is
     pressed is answered first. */
  var pressed = -RESPITE;
  function prepare() {
    window.setTimeout(function () {
      if (performance.now() - pressed < RESPITE) prepare();
      else whenIdle(function () { fetchPlotly().catch(function () { /* asked for again when it is needed */ }); });
    }, REST);
  }
  ['pointerdown', 'keydown'].forEach(function (name) {
    document.addEventListener(name, function () { pressed = performance.now(); }, true);
  });

  window.portalCharts = {
    /* Have a graph drawn by Plotly; resolves when it is. */
    draw: function (id) {
      return Promise.resolve(standing[id] && standing[id].draw()).then(function () {
        return new Promise(function (resolve) { whenDrawn(id, resolve); });
      });
    }
  };
})();
