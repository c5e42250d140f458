/* The months of a range of days (components/date_range.py), in the Solar Hijri or the Gregorian calendar. A day is the
   number of days since 1970-01-01. Typed days are read by the rules of portal/domain/typed.py. */
(function () {
  'use strict';
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  var DAY = 86400000, HAMAL_1_OF_1 = -492268, FIRST_GREGORIAN_YEAR = 1700;
  var WIDE = window.matchMedia('(min-width: 1200px)'); /* two months have room */

  /* --------------------------------------------------------------------------------------------------- calendars */
  function daysBefore(year) {
    return 365 * (year - 1) + Math.floor((8 * year + 21) / 33);
  }

  var CALENDARS = {
    gregory: {
      parts: function (day) {
        var date = new Date(day * DAY);
        return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      },
      day: function (year, month, date) { return Math.round(Date.UTC(year, month - 1, date) / DAY); },
      length: function (year, month) { return new Date(Date.UTC(year, month, 0)).getUTCDate(); },
    },
    persian: {
      parts: function (day) {
        var year = CALENDARS.gregory.parts(day)[0] - 621;
        while (HAMAL_1_OF_1 + daysBefore(year) > day) year -= 1;
        var of = day - HAMAL_1_OF_1 - daysBefore(year);
        if (of < 186) return [year, Math.floor(of / 31) + 1, of % 31 + 1];
        return [year, Math.floor((of - 186) / 30) + 7, (of - 186) % 30 + 1];
      },
      day: function (year, month, date) {
        var before = month <= 7 ? 31 * (month - 1) : 186 + 30 * (month - 7);
        return HAMAL_1_OF_1 + daysBefore(year) + before + date - 1;
      },
      length: function (year, month) {
        if (month <= 6) return 31;
        return month <= 11 || (25 * year + 11) % 33 < 8 ? 30 : 29;
      },
    },
  };

  function weekday(day) {
    return ((day + 3) % 7 + 7) % 7 + 1;
  }

  /* The same date so many months on, or the last of a shorter month. */
  function addMonths(calendar, day, count) {
    var parts = calendar.parts(day), months = parts[0] * 12 + parts[1] - 1 + count;
    var year = Math.floor(months / 12), month = months % 12 + 1;
    return calendar.day(year, month, Math.min(parts[2], calendar.length(year, month)));
  }

  function firstOfMonth(calendar, day) {
    return day - calendar.parts(day)[2] + 1;
  }

  function readDay(text) {
    var parts = text.slice(0, 40).replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, function (digit) { return String(digit.charCodeAt(0) % 16); }).trim()
      .split(/\s*[-/.\u2010-\u2013\u2212\u066b,\u060c]\s*|\s+/);
    if (parts.length === 3 && /^\d{4}$/.test(parts[2])) parts.reverse();
    if (parts.length !== 3 || !/^\d{4}$/.test(parts[0]) || !/^\d{1,2}$/.test(parts[1]) || !/^\d{1,2}$/.test(parts[2])) return null;
    var year = Number(parts[0]), month = Number(parts[1]), date = Number(parts[2]);
    var calendar = CALENDARS[year >= FIRST_GREGORIAN_YEAR ? 'gregory' : 'persian'];
    if (month < 1 || month > 12 || date < 1 || date > calendar.length(year, month)) return null;
    return calendar.day(year, month, date);
  }

  clientside.portal = Object.assign(clientside.portal || {}, { calendars: CALENDARS, readDay: readDay });

  /* ------------------------------------------------------------------------------------------------------- a range */
  function known(range) {
    if (!range.portalRange) {
      var told = JSON.parse(range.dataset.dateRange), names = Object.keys(told.calendars);
      told.name = names[0];
      told.calendar = CALENDARS[names[0]];
      told.beside = names[1] || '';
      told.first = readDay(told.first);
      told.last = readDay(told.today);
      range.portalRange = told;
    }
    return range.portalRange;
  }

  function digits(range, number) {
    var zero = known(range).zero.charCodeAt(0);
    return String(number).replace(/\d/g, function (digit) { return String.fromCharCode(zero + Number(digit)); });
  }

  function fields(range) {
    return Array.prototype.slice.call(range.querySelectorAll('.date-field'));
  }

  function written(range, day) {
    var told = known(range), parts = told.calendar.parts(day), mark = told.name === 'persian' ? '/' : '-';
    return digits(range, parts.map(function (part) { return part < 10 ? '0' + part : String(part); }).join(mark));
  }

  /* "6 Qaws 1405", and the other calendar's day where the reader wants both. */
  function inWords(range, day) {
    var told = known(range);
    function words(name) {
      var parts = CALENDARS[name].parts(day);
      return digits(range, parts[2]) + ' ' + told.calendars[name][parts[1] - 1] + ' ' + digits(range, parts[0]);
    }
    if (!told.beside) return words(told.name);
    return told.texts.both.replace('{day}', words(told.name)).replace('{other}', words(told.beside));
  }

  function inMonths(range, name, first, last) {
    var names = known(range).calendars[name], from = CALENDARS[name].parts(first), to = CALENDARS[name].parts(last);
    var end = names[to[1] - 1] + ' ' + digits(range, to[0]);
    if (from[1] === to[1]) return end;
    return names[from[1] - 1] + (from[0] === to[0] ? '' : ' ' + digits(range, from[0])) + ' \u2013 ' + end;
  }

  function say(range, text) {
    range.querySelector('.calendar-said').textContent = text;
  }

  function sayChosen(range) {
    var told = known(range), texts = told.texts;
    if (told.start === null || told.end === null) say(range, '');
    else if (told.begun) say(range, texts.begun.replace('{day}', inWords(range, told.start)));
    else if (told.start === told.end) say(range, texts.chosen_day.replace('{day}', inWords(range, told.start)));
    else say(range, texts.chosen.replace('{start}', inWords(range, told.start)).replace('{end}', inWords(range, told.end)));
  }

  /* -------------------------------------------------------------------------------------------------------- drawing */
  function make(tag, attributes, content) {
    var element = document.createElement(tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    (content || []).forEach(function (part) { element.append(part); });
    return element;
  }

  function cell(range, day) {
    var told = known(range), iso = weekday(day), off = told.off.indexOf(iso) >= 0, texts = told.texts;
    var chosen = told.start !== null && day >= told.start && day <= told.end, classes = ['day'];
    var name = told.week.find(function (each) { return each[0] === iso; })[2] + ' ' + inWords(range, day);
    var attributes = { role: 'gridcell', 'data-day': day, tabindex: day === told.cursor ? 0 : -1, 'aria-selected': chosen };
    if (off) { classes.push('off'); name += ', ' + texts.weekend; }
    if (chosen) classes.push('chosen');
    if (day === told.start || day === told.end) classes.push('edge');
    if (day === told.last) { attributes['aria-current'] = 'date'; name += ', ' + texts.today; }
    if (day < told.first || day > told.last) attributes['aria-disabled'] = 'true';
    attributes.class = classes.join(' ');
    attributes['aria-label'] = name;
    var content = [digits(range, told.calendar.parts(day)[2])];
    if (told.beside) content.push(make('span', { class: 'day-beside' }, [digits(range, CALENDARS[told.beside].parts(day)[2])]));
    return make('td', attributes, content);
  }

  function month(range, first) {
    var told = known(range), parts = told.calendar.parts(first), length = told.calendar.length(parts[0], parts[1]);
    var title = inMonths(range, told.name, first, first), head = make('tr', {}), body = make('tbody', {});
    told.week.forEach(function (each) {
      head.append(make('th', { scope: 'col', class: told.off.indexOf(each[0]) >= 0 ? 'off' : '', abbr: each[2], 'aria-label': each[2] }, [each[1]]));
    });
    var before = told.week.findIndex(function (each) { return each[0] === weekday(first); });
    for (var at = -before; at < length; at += 7) {
      var row = make('tr', {});
      for (var column = 0; column < 7; column += 1) {
        var date = at + column;
        row.append(date >= 0 && date < length ? cell(range, first + date) : make('td', {}));
      }
      body.append(row);
    }
    var heading = [make('div', { class: 'calendar-title' }, [title])];
    if (told.beside) heading.push(make('div', { class: 'calendar-beside' }, [inMonths(range, told.beside, first, first + length - 1)]));
    return make('div', { class: 'calendar-month' }, heading.concat([
      make('table', { role: 'grid', 'aria-label': title }, [make('thead', {}, [head]), body]),
    ]));
  }

  var STEPS = { previous: -1, next: 1, year_before: -12, year_after: 12 };

  function step(range, name) {
    var told = known(range), calendar = told.calendar, months = STEPS[name], later = months > 0;
    var icon = make('span', { class: 'icon icon-flip icon-chevron-' + (later ? 'right' : 'left'), 'aria-hidden': 'true' });
    var button = make('button', { type: 'button', class: 'calendar-step', 'data-step': name, 'aria-label': told.texts[name], title: told.texts[name] }, [icon]);
    if (Math.abs(months) === 12) button.append(icon.cloneNode(false));
    var end = addMonths(calendar, told.month, told.shown);
    button.disabled = later ? end > told.last : told.month <= told.first;
    return button;
  }

  function draw(range) {
    var told = known(range), place = range.querySelector('.calendar'), months = [];
    told.shown = WIDE.matches ? 2 : 1;
    for (var at = 0; at < told.shown; at += 1) months.push(month(range, addMonths(told.calendar, told.month, at)));
    place.replaceChildren(
      make('div', { class: 'calendar-steps' }, [step(range, 'year_before'), step(range, 'previous'), step(range, 'next'), step(range, 'year_after')]),
      make('div', { class: 'calendar-months' }, months)
    );
  }

  /* Whether a day is among the months on show; if not, they move as little as is needed. */
  function show(range, day) {
    var told = known(range), first = firstOfMonth(told.calendar, day);
    told.shown = WIDE.matches ? 2 : 1;
    if (told.month === undefined || first > addMonths(told.calendar, told.month, told.shown - 1)) {
      told.month = addMonths(told.calendar, first, 1 - told.shown);
    } else if (first < told.month) told.month = first;
    told.cursor = day;
    draw(range);
  }

  function focusCursor(range) {
    var target = range.querySelector('[data-day="' + known(range).cursor + '"]');
    if (target) target.focus();
  }

  function within(range, day) {
    var told = known(range);
    return Math.min(Math.max(day, told.first), told.last);
  }

  /* The fields are what counts: they may have been written anew since the months were drawn. */
  function begin(range) {
    var told = known(range), days = fields(range).map(function (field) { return readDay(field.value); });
    told.begun = false;
    told.month = undefined;
    told.start = told.end = null;
    if (days[0] !== null && days[1] !== null) {
      told.start = Math.min(days[0], days[1]);
      told.end = Math.max(days[0], days[1]);
    }
    fields(range).forEach(function (field) { judge(range, field, ''); });
    show(range, within(range, told.end === null ? told.last : told.end));
    say(range, '');
  }

  /* ------------------------------------------------------------------------------------------------------- choosing */
  function write(field, text) {
    clientside.set_props(JSON.parse(field.id), { value: text });
    field.dispatchEvent(new CustomEvent('portal:entered', { bubbles: true }));
  }

  function choose(range, day) {
    var told = known(range), both = fields(range);
    if (day < told.first || day > told.last) return;
    if (told.begun) {
      told.end = Math.max(told.start, day);
      told.start = Math.min(told.start, day);
    } else told.start = told.end = day;
    told.begun = !told.begun;
    write(both[0], written(range, told.start));
    write(both[1], written(range, told.end));
    both.forEach(function (field) { judge(range, field, ''); });
    show(range, day);
    focusCursor(range);
    sayChosen(range);
  }

  /* What is wrong with a field, below it and for screen readers. */
  function judge(range, field, problem) {
    var place = field.closest('.date-end').querySelector('.date-problem');
    place.textContent = problem;
    if (problem) {
      field.setAttribute('aria-invalid', 'true');
      field.setAttribute('aria-describedby', place.id);
    } else {
      field.removeAttribute('aria-invalid');
      field.removeAttribute('aria-describedby');
    }
    return !problem;
  }

  function settle(range, field) {
    var told = known(range), day = readDay(field.value);
    if (day === null) return judge(range, field, told.texts.no_day);
    if (day < told.first || day > told.last) return judge(range, field, told.texts.outside);
    judge(range, field, '');
    if (field.value !== written(range, day)) write(field, written(range, day));
    var days = fields(range).map(function (each) { return each === field ? day : readDay(each.value); });
    if (days[0] === null || days[1] === null) return true;
    told.begun = false;
    told.start = Math.min(days[0], days[1]);
    told.end = Math.max(days[0], days[1]);
    show(range, day);
    sayChosen(range);
    return true;
  }

  /* --------------------------------------------------------------------------------------------------------- events */
  function rangeOf(target) {
    return target.closest ? target.closest('#react-entry-point [data-date-range]') : null;
  }

  function opened(menu) {
    var panel = menu.open && menu.querySelector('.menu-panel');
    var range = panel && panel.querySelector('[data-date-range]');
    if (!range || !rangeOf(range)) return;
    begin(range);
    var rtl = document.documentElement.dir === 'rtl', box = panel.getBoundingClientRect();
    if (rtl ? box.left < 0 : box.right > document.documentElement.clientWidth) panel.classList.add('menu-panel-end');
    if (!range.contains(document.activeElement)) focusCursor(range); /* somebody may be typing before the months came */
  }

  document.addEventListener('toggle', function (event) { opened(event.target); }, true);
  document.querySelectorAll('#react-entry-point details[open]').forEach(opened); /* faster than this was fetched */

  document.addEventListener('click', function (event) {
    var range = rangeOf(event.target), day = range && event.target.closest('[data-day]');
    var button = range && event.target.closest('[data-step]');
    if (day) choose(range, Number(day.dataset.day));
    if (!button) return;
    var told = known(range), name = button.dataset.step, calendar = told.calendar;
    var latest = addMonths(calendar, firstOfMonth(calendar, told.last), 1 - told.shown);
    told.month = Math.max(Math.min(addMonths(calendar, told.month, STEPS[name]), latest), firstOfMonth(calendar, told.first));
    var last = addMonths(calendar, told.month, told.shown) - 1;
    told.cursor = within(range, Math.min(Math.max(told.cursor, told.month), last));
    draw(range);
    var again = range.querySelector('[data-step="' + name + '"]');
    if (again.disabled) focusCursor(range);
    else again.focus();
    say(range, inMonths(range, told.name, told.month, last));
  });

  function rangeOfButton(target) {
    var panel = target.closest && target.closest('.btn') && target.closest('.menu-panel');
    return panel && rangeOf(panel.querySelector('[data-date-range]') || panel);
  }

  /* Pressing the button leaves the field as it is until the button is let go: what would be told of the field by then
     would move the button away from under the pointer. */
  document.addEventListener('mousedown', function (event) {
    if (rangeOfButton(event.target)) event.preventDefault();
  });

  /* A field that holds no day is not sent: this comes before everything else that listens. */
  document.addEventListener('click', function (event) {
    var range = rangeOfButton(event.target);
    if (!range) return;
    var wrong = fields(range).filter(function (field) { return !settle(range, field); })[0];
    if (!wrong) return;
    event.preventDefault();
    event.stopPropagation();
    wrong.focus();
  }, true);

  document.addEventListener('change', function (event) {
    var range = rangeOf(event.target);
    if (range && event.target.matches('.date-field')) settle(range, event.target);
  });

  function moved(range, day, event) {
    var told = known(range), forward = document.documentElement.dir === 'rtl' ? -1 : 1;
    var column = told.week.findIndex(function (each) { return each[0] === weekday(day); });
    switch (event.key) {
      case 'ArrowRight': return day + forward;
      case 'ArrowLeft': return day - forward;
      case 'ArrowDown': return day + 7;
      case 'ArrowUp': return day - 7;
      case 'Home': return day - column;
      case 'End': return day + 6 - column;
      case 'PageDown': return addMonths(told.calendar, day, event.shiftKey ? 12 : 1);
      case 'PageUp': return addMonths(told.calendar, day, event.shiftKey ? -12 : -1);
      default: return null;
    }
  }

  document.addEventListener('keydown', function (event) {
    var range = rangeOf(event.target);
    if (!range || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.matches('.date-field') && event.key === 'Enter') {
      event.preventDefault();
      if (settle(range, event.target)) range.parentElement.querySelector('.btn').click();
      return;
    }
    if (!event.target.matches('[data-day]')) return;
    var day = Number(event.target.dataset.day);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      choose(range, day);
      return;
    }
    var target = moved(range, day, event);
    if (target === null) return;
    event.preventDefault();
    show(range, within(range, target));
    focusCursor(range);
  });

  /* Where a span would end, while its last day is being chosen. */
  document.addEventListener('mouseover', function (event) {
    var range = rangeOf(event.target), over = range && event.target.closest('[data-day]');
    if (!over || !known(range).begun) return;
    var start = known(range).start, end = Number(over.dataset.day);
    range.querySelectorAll('[data-day]').forEach(function (each) {
      var day = Number(each.dataset.day);
      each.classList.toggle('between', day > Math.min(start, end) && day < Math.max(start, end));
    });
  });

  WIDE.addEventListener('change', function () {
    document.querySelectorAll('#react-entry-point details[open] [data-date-range]').forEach(function (range) {
      show(range, known(range).cursor);
    });
  });
})();
