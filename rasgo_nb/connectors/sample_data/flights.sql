-- Schema `flights`: all flights that left New York City in 2013, after nycflights13.
-- packed(name) reads the Parquet file `name` of this folder and adds file_row_number.

CREATE SCHEMA flights;

CREATE TEMP MACRO hhmm(minutes) AS (minutes // 60 * 100 + minutes % 60);
-- The airports write midnight at the end of a flight as 2400, never as 0.
CREATE TEMP MACRO clock(minutes) AS CASE WHEN minutes % 1440 = 0 THEN 2400 ELSE hhmm((minutes + 1440) % 1440) END;
-- Daylight saving time of 2013 in New York ran from 10 March to 3 November; spelt out, so that no time zone
-- database is needed.
CREATE TEMP MACRO from_utc(stamp) AS stamp - CASE
    WHEN stamp >= TIMESTAMP '2013-03-10 07:00' AND stamp < TIMESTAMP '2013-11-03 06:00' THEN INTERVAL 4 HOURS
    ELSE INTERVAL 5 HOURS END;
CREATE TEMP MACRO to_utc(stamp) AS stamp + CASE
    WHEN stamp >= TIMESTAMP '2013-03-10 03:00' AND stamp < TIMESTAMP '2013-11-03 02:00' THEN INTERVAL 4 HOURS
    ELSE INTERVAL 5 HOURS END;

CREATE TABLE flights.airlines (
    carrier VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL
);

CREATE TABLE flights.airports (
    faa VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    lat DOUBLE NOT NULL,
    lon DOUBLE NOT NULL,
    alt INTEGER NOT NULL,
    tz INTEGER NOT NULL,
    dst VARCHAR NOT NULL,
    tzone VARCHAR
);

CREATE TABLE flights.planes (
    tailnum VARCHAR PRIMARY KEY,
    year INTEGER,
    type VARCHAR NOT NULL,
    manufacturer VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    engines INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    speed INTEGER,
    engine VARCHAR NOT NULL
);

CREATE TABLE flights.weather (
    origin VARCHAR NOT NULL REFERENCES flights.airports (faa),
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    temp DOUBLE,
    dewp DOUBLE,
    humid DOUBLE,
    wind_dir INTEGER,
    wind_speed DOUBLE,
    wind_gust DOUBLE,
    precip DOUBLE NOT NULL,
    pressure DOUBLE,
    visib DOUBLE NOT NULL,
    time_hour TIMESTAMP NOT NULL,
    PRIMARY KEY (origin, time_hour)
);

-- INTEGER although the values are small: arithmetic on SMALLINT overflows too easily (a delay in seconds does).
CREATE TABLE flights.flights (
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    day INTEGER NOT NULL,
    dep_time INTEGER,
    sched_dep_time INTEGER NOT NULL,
    dep_delay INTEGER,
    arr_time INTEGER,
    sched_arr_time INTEGER NOT NULL,
    arr_delay INTEGER,
    carrier VARCHAR NOT NULL REFERENCES flights.airlines (carrier),
    flight INTEGER NOT NULL,
    tailnum VARCHAR,
    origin VARCHAR NOT NULL REFERENCES flights.airports (faa),
    dest VARCHAR NOT NULL,
    air_time INTEGER,
    distance INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    time_hour TIMESTAMP NOT NULL,
    PRIMARY KEY (time_hour, carrier, flight)
);

INSERT INTO flights.airlines SELECT carrier, name FROM packed('airlines');

INSERT INTO flights.airports SELECT faa, name, lat, lon, alt, tz, dst, tzone FROM packed('airports');

INSERT INTO flights.planes
SELECT tailnum, year, type, manufacturer, model, engines, seats, speed, engine FROM packed('planes');

INSERT INTO flights.weather
WITH hours AS (
    SELECT *, TIMESTAMP '2013-01-01' + to_hours(hour_number) AS time_hour, from_utc(time_hour) AS here
    FROM packed('weather')
)
SELECT origin, year(here), month(here), day(here), hour(here),
    temp / 100, dewp / 100, humid / 100, wind_dir, wind_speed * 1.15078::DOUBLE, wind_gust * 1.15078::DOUBLE,
    precip / 100, pressure / 10, visib / 100, time_hour
FROM hours
ORDER BY time_hour, origin;

INSERT INTO flights.flights
WITH scheduled AS (
    SELECT *,
        DATE '2013-01-01' + day_number AS date,
        date + to_hours(sched_dep // 60) AS here,
        (sched_dep + sched_block) % 1440 AS sched_arr,
        dep_delay + gain AS arr_delay
    FROM packed('flights')
)
SELECT year(date), month(date), day(date),
    clock(sched_dep + dep_delay), hhmm(sched_dep), dep_delay,
    coalesce(diverted_arr_time, clock(sched_arr + arr_delay)), hhmm(sched_arr), arr_delay,
    carrier, flight, tailnum, origin, dest, sched_block + gain - ground, distance,
    sched_dep // 60, sched_dep % 60, to_utc(here) AS time_hour
FROM scheduled LEFT JOIN packed('tails') AS tails ON tails.file_row_number = tail
ORDER BY time_hour, sched_dep, carrier, flight;

COMMENT ON TABLE flights.airlines IS 'The 16 airlines that flew from New York City in 2013.';
COMMENT ON COLUMN flights.airlines.carrier IS 'Two-character code of the airline, such as UA.';
COMMENT ON COLUMN flights.airlines.name IS 'Full name of the airline.';

COMMENT ON TABLE flights.airports IS 'Airports, mostly of the United States, with their place and time zone. Four destinations of flights are missing (BQN, PSE, SJU, STT).';
COMMENT ON COLUMN flights.airports.faa IS 'FAA code of the airport, such as JFK.';
COMMENT ON COLUMN flights.airports.name IS 'Name of the airport. Not unique: a few airports share a name.';
COMMENT ON COLUMN flights.airports.lat IS 'Latitude in degrees, north positive.';
COMMENT ON COLUMN flights.airports.lon IS 'Longitude in degrees, east positive (so negative in most of America).';
COMMENT ON COLUMN flights.airports.alt IS 'Altitude in feet above sea level.';
COMMENT ON COLUMN flights.airports.tz IS 'Time zone as hours from UTC in standard (winter) time.';
COMMENT ON COLUMN flights.airports.dst IS 'Daylight saving time: A = as in the United States, N = none, U = unknown.';
COMMENT ON COLUMN flights.airports.tzone IS 'IANA time zone, such as America/New_York. NULL = unknown (3 airports).';

COMMENT ON TABLE flights.planes IS 'Aircraft found in the FAA registry. 721 of the 4,043 tail numbers in flights are not here.';
COMMENT ON COLUMN flights.planes.tailnum IS 'Tail number: the registration painted on the aircraft, such as N14228.';
COMMENT ON COLUMN flights.planes.year IS 'Year in which the aircraft was built. NULL = unknown.';
COMMENT ON COLUMN flights.planes.type IS 'Kind of aircraft: Fixed wing multi engine, Fixed wing single engine or Rotorcraft.';
COMMENT ON COLUMN flights.planes.manufacturer IS 'Maker as registered. One maker can have several spellings (AIRBUS and AIRBUS INDUSTRIE).';
COMMENT ON COLUMN flights.planes.model IS 'Model as registered, such as A320-214.';
COMMENT ON COLUMN flights.planes.engines IS 'Number of engines.';
COMMENT ON COLUMN flights.planes.seats IS 'Number of seats that the model may have, not the number in this aircraft.';
COMMENT ON COLUMN flights.planes.speed IS 'Average cruising speed in miles per hour. NULL = unknown, which is nearly always.';
COMMENT ON COLUMN flights.planes.engine IS 'Kind of engine, such as Turbo-fan.';

COMMENT ON TABLE flights.weather IS 'Weather of each hour at the three New York airports (EWR, JFK, LGA) in 2013. Some hours are missing; the last is 6 p.m. of 30 December.';
COMMENT ON COLUMN flights.weather.origin IS 'FAA code of the airport where the weather was measured: EWR, JFK or LGA.';
COMMENT ON COLUMN flights.weather.year IS 'Year of the hour, local time. Always 2013.';
COMMENT ON COLUMN flights.weather.month IS 'Month of the hour, 1 to 12, local time.';
COMMENT ON COLUMN flights.weather.day IS 'Day of the month of the hour, local time.';
COMMENT ON COLUMN flights.weather.hour IS 'Hour of the day, 0 to 23, local time. 1 a.m. of 3 November is there twice (the clocks went back); time_hour tells them apart.';
COMMENT ON COLUMN flights.weather.temp IS 'Temperature in degrees Fahrenheit. NULL = not measured.';
COMMENT ON COLUMN flights.weather.dewp IS 'Dew point in degrees Fahrenheit. NULL = not measured.';
COMMENT ON COLUMN flights.weather.humid IS 'Relative humidity in per cent. NULL = not measured.';
COMMENT ON COLUMN flights.weather.wind_dir IS 'Direction that the wind comes from, in degrees clockwise from north; 0 = calm. NULL = not known.';
COMMENT ON COLUMN flights.weather.wind_speed IS 'Wind speed in miles per hour. NULL = not measured. One value is wrong in the source: 1048 at EWR on 12 February, 3 a.m.';
COMMENT ON COLUMN flights.weather.wind_gust IS 'Speed of gusts in miles per hour. NULL = no gusts reported, which is most hours.';
COMMENT ON COLUMN flights.weather.precip IS 'Precipitation in the hour, in inches.';
COMMENT ON COLUMN flights.weather.pressure IS 'Air pressure at sea level in millibars. NULL = not measured.';
COMMENT ON COLUMN flights.weather.visib IS 'Visibility in miles, at most 10.';
COMMENT ON COLUMN flights.weather.time_hour IS 'Start of the hour in UTC, while year, month, day and hour are local. With origin, joins to flights.';

COMMENT ON TABLE flights.flights IS 'Flights that left, or should have left, the three New York airports (EWR, JFK, LGA) in 2013, one row each.';
COMMENT ON COLUMN flights.flights.year IS 'Year of scheduled departure, local time. Always 2013.';
COMMENT ON COLUMN flights.flights.month IS 'Month of scheduled departure, 1 to 12, local time.';
COMMENT ON COLUMN flights.flights.day IS 'Day of the month of scheduled departure, local time.';
COMMENT ON COLUMN flights.flights.dep_time IS 'Actual departure as HHMM in New York time: 517 is 5:17 a.m., 2400 is midnight. NULL = the flight was cancelled. Not a number to subtract.';
COMMENT ON COLUMN flights.flights.sched_dep_time IS 'Scheduled departure as HHMM in New York time: 515 is 5:15 a.m.';
COMMENT ON COLUMN flights.flights.dep_delay IS 'Departure delay in minutes; negative = left early. NULL = the flight was cancelled.';
COMMENT ON COLUMN flights.flights.arr_time IS 'Actual arrival as HHMM in the time of the destination: 830 is 8:30 a.m., 2400 is midnight. NULL = cancelled, or no arrival recorded.';
COMMENT ON COLUMN flights.flights.sched_arr_time IS 'Scheduled arrival as HHMM in the time of the destination.';
COMMENT ON COLUMN flights.flights.arr_delay IS 'Arrival delay in minutes; negative = arrived early. NULL = cancelled, or did not arrive as planned (dep_time is then not NULL): such flights are not on time, leave them out of averages.';
COMMENT ON COLUMN flights.flights.carrier IS 'Two-character code of the airline; its name is in airlines.';
COMMENT ON COLUMN flights.flights.flight IS 'Flight number. Not unique: the key is time_hour, carrier and flight.';
COMMENT ON COLUMN flights.flights.tailnum IS 'Tail number of the aircraft. NULL = unknown, only for cancelled flights. No foreign key: 50,094 flights (mostly of AA and MQ) have a tail number that planes does not have.';
COMMENT ON COLUMN flights.flights.origin IS 'FAA code of the airport of departure: EWR, JFK or LGA.';
COMMENT ON COLUMN flights.flights.dest IS 'FAA code of the destination. No foreign key: airports lacks BQN, PSE, SJU and STT (Puerto Rico and the Virgin Islands; 7,602 flights).';
COMMENT ON COLUMN flights.flights.air_time IS 'Time in the air in minutes. NULL = cancelled, or did not arrive as planned.';
COMMENT ON COLUMN flights.flights.distance IS 'Distance between the airports in miles.';
COMMENT ON COLUMN flights.flights.hour IS 'Hour of scheduled departure, 0 to 23, New York time.';
COMMENT ON COLUMN flights.flights.minute IS 'Minute of scheduled departure, 0 to 59.';
COMMENT ON COLUMN flights.flights.time_hour IS 'Hour of scheduled departure in UTC, while year, month, day and hour are New York time. With origin, joins to weather. No foreign key: weather is missing for 1,556 flights.';
