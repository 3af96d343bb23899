SELECT status, count(*) AS orders, round(avg(total), 2) AS average
FROM orders
GROUP BY status
ORDER BY orders DESC;
