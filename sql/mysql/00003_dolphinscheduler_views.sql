-- +goose Up

-- What DolphinScheduler 1.3.9 keeps in its tables, for whoever reads them with
-- SQL: the same names, columns and numbers. Times are in the zone of the
-- session that asks. Secrets are masked. Nothing of ours reads these views.

-- A merged view costs what is selected from it; texts made of JSON are the
-- dear ones.

-- The tasks of all versions, as texts of the first dialect.
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW dolphin_node AS
SELECT v.workflow_id, v.version, n.name AS name,
    ((COALESCE(n.retry_interval, 0) + 59999999999) DIV 60000000000) AS retry_interval, COALESCE(n.max_retries, 0) AS max_retry_times,
    JSON_MERGE_PATCH(JSON_MERGE_PATCH(JSON_MERGE_PATCH(JSON_MERGE_PATCH(JSON_OBJECT(
        'type', CASE n.kind WHEN 'SUB_WORKFLOW' THEN 'SUB_PROCESS' ELSE n.kind END,
        'id', CONCAT('tasks-', COALESCE(CAST(NULLIF(n.code, 0) AS CHAR), n.name)),
        'name', n.name,
        'params', JSON_EXTRACT(CASE WHEN n.kind = 'SUB_WORKFLOW' THEN JSON_SET(CASE WHEN n.kind IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND n.local_params IS NULL THEN COALESCE(n.params, '{}')
            ELSE JSON_SET(COALESCE(n.params, '{}'), '$.localParams', JSON_EXTRACT(COALESCE(n.local_params, '[]'), '$')) END, '$.processDefinitionId', n.sub)
            WHEN n.kind = 'SWITCH' THEN JSON_SET(CASE WHEN n.kind IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND n.local_params IS NULL THEN COALESCE(n.params, '{}')
            ELSE JSON_SET(COALESCE(n.params, '{}'), '$.localParams', JSON_EXTRACT(COALESCE(n.local_params, '[]'), '$')) END, '$.switchResult', JSON_EXTRACT(JSON_OBJECT('dependTaskList', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('condition', s.test, 'nextNode', s.next)) FROM JSON_TABLE(n.branches, '$.cases[*]' COLUMNS (test LONGTEXT PATH '$.condition', next VARCHAR(255) PATH '$.next')) s), '[]'), '$'), 'nextNode', JSON_UNQUOTE(JSON_EXTRACT(n.branches, '$.default'))), '$')) ELSE CASE WHEN n.kind IN ('SUB_WORKFLOW', 'DEPENDENT', 'CONDITIONS', 'SWITCH') AND n.local_params IS NULL THEN COALESCE(n.params, '{}')
            ELSE JSON_SET(COALESCE(n.params, '{}'), '$.localParams', JSON_EXTRACT(COALESCE(n.local_params, '[]'), '$')) END END, '$'),
        'description', COALESCE(n.description, ''),
        'timeout', JSON_OBJECT('strategy', CASE n.timeout_action WHEN 'WARN' THEN 'WARN' WHEN 'FAIL' THEN 'FAILED' WHEN 'WARN_FAIL' THEN 'WARNFAILED' ELSE '' END, 'interval', CASE WHEN COALESCE(n.timeout, 0) > 0 AND COALESCE(n.timeout_action, '') <> '' THEN ((n.timeout + 59999999999) DIV 60000000000) END, 'enable', JSON_EXTRACT(IF(COALESCE(n.timeout, 0) > 0 AND COALESCE(n.timeout_action, '') <> '', 'true', 'false'), '$')),
        'runFlag', CASE WHEN n.forbidden = 1 THEN 'FORBIDDEN' ELSE 'NORMAL' END,
        'conditionResult', JSON_OBJECT('successNode', JSON_EXTRACT(CASE WHEN JSON_TYPE(JSON_EXTRACT(n.conditions, '$.success')) = 'ARRAY' AND JSON_LENGTH(n.conditions, '$.success') > 0 THEN JSON_EXTRACT(n.conditions, '$.success') ELSE '[""]' END, '$'), 'failedNode', JSON_EXTRACT(CASE WHEN JSON_TYPE(JSON_EXTRACT(n.conditions, '$.failed')) = 'ARRAY' AND JSON_LENGTH(n.conditions, '$.failed') > 0 THEN JSON_EXTRACT(n.conditions, '$.failed') ELSE '[""]' END, '$')),
        'dependence', JSON_EXTRACT(CASE WHEN n.dependent IS NOT NULL THEN JSON_OBJECT('relation', JSON_UNQUOTE(JSON_EXTRACT(n.dependent, '$.relation')), 'dependTaskList', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('relation', g.relation, 'dependItemList', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('projectId', i.project_id, 'definitionId', i.definition_id, 'depTasks', COALESCE(NULLIF(i.task, ''), 'ALL'), 'cycle', i.cycle, 'dateValue', i.date_value)) FROM JSON_TABLE(g.items, '$[*]' COLUMNS (project_id BIGINT PATH '$.projectId', definition_id BIGINT PATH '$.definitionId', task VARCHAR(255) PATH '$.task', cycle VARCHAR(255) PATH '$.cycle', date_value VARCHAR(255) PATH '$.dateValue')) i), '[]'), '$')))
            FROM JSON_TABLE(n.dependent, '$.groups[*]' COLUMNS (relation VARCHAR(255) PATH '$.relation', items JSON PATH '$.items')) g), '[]'), '$'))
            WHEN n.conditions IS NOT NULL THEN JSON_OBJECT('relation', JSON_UNQUOTE(JSON_EXTRACT(n.conditions, '$.relation')), 'dependTaskList', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('relation', g.relation, 'dependItemList', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_OBJECT('depTasks', i.task, 'status', CASE WHEN i.success = 1 THEN 'SUCCESS' ELSE 'FAILURE' END)) FROM JSON_TABLE(g.items, '$[*]' COLUMNS (task VARCHAR(255) PATH '$.task', success INT PATH '$.success')) i), '[]'), '$')))
            FROM JSON_TABLE(n.conditions, '$.groups[*]' COLUMNS (relation VARCHAR(255) PATH '$.relation', items JSON PATH '$.items')) g), '[]'), '$')) ELSE '{}' END, '$'),
        'maxRetryTimes', CAST(COALESCE(n.max_retries, 0) AS CHAR),
        'retryInterval', CAST(((COALESCE(n.retry_interval, 0) + 59999999999) DIV 60000000000) AS CHAR),
        'taskInstancePriority', CASE n.priority WHEN 0 THEN 'HIGHEST' WHEN 1 THEN 'HIGH' WHEN 3 THEN 'LOW' WHEN 4 THEN 'LOWEST' ELSE 'MEDIUM' END,
        'workerGroup', COALESCE(n.worker_group, 'default'),
        'preTasks', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(e.source) FROM JSON_TABLE(v.graph, '$.edges[*]' COLUMNS (source VARCHAR(255) PATH '$.from', target VARCHAR(255) PATH '$.to')) e
            WHERE e.target COLLATE utf8mb4_bin = n.name COLLATE utf8mb4_bin), '[]'), '$')),
        CASE WHEN n.delay > 0 THEN JSON_OBJECT('delayTime', ((n.delay + 59999999999) DIV 60000000000)) ELSE '{}' END),
        CASE WHEN n.on_lost <> '' THEN JSON_OBJECT('onLost', n.on_lost) ELSE '{}' END),
        CASE WHEN n.task_group_id <> 0 THEN JSON_OBJECT('taskGroupId', n.task_group_id, 'taskGroupPriority', COALESCE(n.task_group_priority, 0)) ELSE '{}' END),
        COALESCE(n.leftover, '{}')) AS task_json
FROM workflow_version v JOIN JSON_TABLE(v.graph, '$.tasks[*]' COLUMNS (name VARCHAR(255) PATH '$.name',
        kind VARCHAR(255) PATH '$.kind',
        code BIGINT PATH '$.code',
        description LONGTEXT PATH '$.description',
        forbidden INT PATH '$.forbidden',
        priority BIGINT PATH '$.priority',
        worker_group VARCHAR(255) PATH '$.workerGroup',
        max_retries BIGINT PATH '$.maxRetries',
        retry_interval BIGINT PATH '$.retryInterval',
        delay BIGINT PATH '$.delay',
        timeout BIGINT PATH '$.timeout',
        timeout_action VARCHAR(255) PATH '$.timeoutAction',
        on_lost VARCHAR(255) PATH '$.onLost',
        task_group_id BIGINT PATH '$.taskGroupId',
        task_group_priority BIGINT PATH '$.taskGroupPriority',
        local_params JSON PATH '$.localParams',
        params JSON PATH '$.params',
        sub BIGINT PATH '$.subWorkflow.definitionId',
        dependent JSON PATH '$.dependent',
        conditions JSON PATH '$.conditions',
        branches JSON PATH '$.switch',
        leftover JSON PATH '$.ext."dolphin139.node".set')) n ON TRUE;

-- All versions, as texts of the first dialect.
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW dolphin_version AS
SELECT v.workflow_id,
    v.version,
    JSON_SET(JSON_MERGE_PATCH(JSON_MERGE_PATCH(JSON_OBJECT('globalParams', JSON_EXTRACT(COALESCE(JSON_EXTRACT(v.head, '$.globalParams'), '[]'), '$'), 'timeout', ((CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.timeout')), '0') AS SIGNED) + 59999999999) DIV 60000000000), 'tenantId', COALESCE(NULLIF(CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.tenantId')), '0') AS SIGNED), 0), -1)), CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.policy')) <> '' THEN JSON_OBJECT('executionType', JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.policy'))) ELSE '{}' END), COALESCE(JSON_EXTRACT(v.graph, '$.layout."dolphin139.process".set'), '{}')), '$.tasks', JSON_EXTRACT(COALESCE((SELECT JSON_ARRAYAGG(JSON_EXTRACT(n.task_json, '$')) FROM dolphin_node n WHERE n.workflow_id = v.workflow_id AND n.version = v.version), '[]'), '$')) AS process_json,
    COALESCE(JSON_EXTRACT(v.head, '$.globalParams'), '[]') AS global_params,
    JSON_UNQUOTE(JSON_EXTRACT(v.graph, '$.layout."dolphin139.locations"')) AS locations,
    JSON_UNQUOTE(JSON_EXTRACT(v.graph, '$.layout."dolphin139.connects"')) AS connects,
    ((CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.timeout')), '0') AS SIGNED) + 59999999999) DIV 60000000000) AS timeout,
    COALESCE(NULLIF(CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(v.head, '$.tenantId')), '0') AS SIGNED), 0), -1) AS tenant_id
FROM workflow_version v;

CREATE SQL SECURITY INVOKER VIEW t_ds_version AS
SELECT 1 AS id, '1.3.9' AS version;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_user AS
SELECT u.id,
    u.name AS user_name,
    '******' AS user_password,
    CASE u.role WHEN 'ADMIN' THEN 0 ELSE 1 END AS user_type,
    u.email,
    u.phone,
    u.tenant_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', u.create_time)), CAST(u.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', u.update_time)), CAST(u.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    u.queue
FROM user_account u;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_session AS
SELECT CONCAT(SUBSTR(s.id_hash, 1, 8), '...') AS id,
    s.user_id,
    s.ip,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.last_login)), CAST(s.last_login + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS last_login_time
FROM session s;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_access_token AS
SELECT t.id,
    t.user_id,
    '******' AS token,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.expire_time)), CAST(t.expire_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS expire_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.create_time)), CAST(t.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.update_time)), CAST(t.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM access_token t;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_tenant AS
SELECT t.id,
    t.code AS tenant_code,
    t.name AS tenant_name,
    t.description,
    t.queue_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.create_time)), CAST(t.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.update_time)), CAST(t.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM tenant t;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_queue AS
SELECT q.id,
    q.name AS queue_name,
    q.value AS queue,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', q.create_time)), CAST(q.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', q.update_time)), CAST(q.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM queue q;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_project AS
SELECT p.id,
    p.name,
    p.description,
    p.user_id,
    1 AS flag,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', p.create_time)), CAST(p.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', p.update_time)), CAST(p.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM project p;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_worker_group AS
SELECT g.id,
    g.name,
    g.addresses AS addr_list,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.update_time)), CAST(g.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM worker_group g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_process_definition AS
SELECT w.id,
    w.name,
    w.version,
    CASE w.release_state WHEN 'ONLINE' THEN 1 ELSE 0 END AS release_state,
    w.project_id,
    w.user_id,
    j.process_json AS process_definition_json,
    v.description,
    j.global_params,
    1 AS flag,
    j.locations,
    j.connects,
    v.receivers,
    v.receivers_cc,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', w.create_time)), CAST(w.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    j.timeout,
    j.tenant_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', w.update_time)), CAST(w.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    m.name AS modify_by,
    COALESCE((SELECT GROUP_CONCAT(l.resource_id ORDER BY l.resource_id SEPARATOR ',') FROM workflow_resource l WHERE l.workflow_id = w.id AND l.resource_id <> 0), '') AS resource_ids
FROM workflow w
    JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.version
    JOIN dolphin_version j ON j.workflow_id = w.id AND j.version = w.version
    LEFT JOIN user_account m ON m.id = v.modified_by;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_process_instance AS
SELECT i.id,
    i.name,
    i.definition_id AS process_definition_id,
    CASE i.state WHEN 'SUBMITTED' THEN 0 WHEN 'DELAYED' THEN 0 WHEN 'DISPATCHED' THEN 0 WHEN 'RUNNING' THEN 1 WHEN 'PAUSING' THEN 2 WHEN 'PAUSED' THEN 3 WHEN 'STOPPING' THEN 4 WHEN 'STOPPED' THEN 5 WHEN 'FAILED' THEN 6 WHEN 'SUCCEEDED' THEN 7 WHEN 'FORCED_SUCCESS' THEN 7 WHEN 'LOST' THEN 8 WHEN 'KILLED' THEN 9 WHEN 'SERIAL_WAIT' THEN 10 END AS state,
    i.recovered AS recovery,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.start_time)), CAST(i.start_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS start_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.end_time)), CAST(i.end_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS end_time,
    i.run_times,
    i.master_id AS host,
    CASE i.command WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 ELSE 0 END AS command_type,
    JSON_MERGE_PATCH(CASE WHEN JSON_EXTRACT(i.start_options, '$.startTasks') IS NULL THEN '{}' ELSE JSON_OBJECT('StartNodeNameList', JSON_EXTRACT(SUBSTR(REPLACE(REPLACE(JSON_EXTRACT(i.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, CHAR_LENGTH(REPLACE(REPLACE(JSON_EXTRACT(i.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2), '$')) END, CASE WHEN i.backfill_id <> 0 AND i.schedule_time IS NOT NULL THEN JSON_OBJECT('complementStartDate', DATE_FORMAT(COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.schedule_time)), CAST(i.schedule_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)), '%Y-%m-%d %H:%i:%s'), 'complementEndDate', DATE_FORMAT(COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.schedule_time)), CAST(i.schedule_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)), '%Y-%m-%d %H:%i:%s')) ELSE '{}' END) AS command_param,
    CASE JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.scope')) WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    0 AS max_try_times,
    CASE JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.failureStrategy')) WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.warningType')) WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.warningGroupId')), '0') AS SIGNED) AS warning_group_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.schedule_time)), CAST(i.schedule_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS schedule_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.command_time)), CAST(i.command_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS command_start_time,
    j.global_params,
    j.process_json AS process_instance_json,
    1 AS flag,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', i.update_time)), CAST(i.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    CASE WHEN i.parent_id <> 0 THEN 1 ELSE 0 END AS is_sub_process,
    i.user_id AS executor_id,
    j.locations,
    j.connects,
    REPLACE(TRIM(BOTH ',' FROM REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(CONCAT(',', REPLACE(CASE WHEN i.history = '' THEN i.command ELSE i.history END, ',', ',,'), ','), ',START,', ',START_PROCESS,'), ',SUB,', ',START_PROCESS,'), ',RECOVER_PAUSED,', ',RECOVER_SUSPENDED_PROCESS,'), ',RECOVER_FAILED,', ',START_FAILURE_TASK_PROCESS,'), ',FORCE_SUCCESS,', ',START_FAILURE_TASK_PROCESS,'), ',RELEASE_HOLD,', ',START_FAILURE_TASK_PROCESS,'), ',BACKFILL,', ',COMPLEMENT_DATA,'), ',SCHEDULE,', ',SCHEDULER,'), ',RERUN,', ',REPEAT_RUNNING,')), ',,', ',') AS history_cmd,
    NULL AS dependence_schedule_times,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.priority')), '0') AS SIGNED) AS process_instance_priority,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.workerGroup')), 'default') AS worker_group,
    CASE WHEN CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.timeout')), '0') AS SIGNED) > 0 THEN ((CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(i.start_options, '$.timeout')), '0') AS SIGNED) + 59999999999) DIV 60000000000) ELSE j.timeout END AS timeout,
    COALESCE(j.tenant_id, -1) AS tenant_id
FROM instance i LEFT JOIN dolphin_version j ON j.workflow_id = i.definition_id AND j.version = i.definition_version;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_task_instance AS
SELECT t.id,
    t.task AS name,
    CASE t.kind WHEN 'SUB_WORKFLOW' THEN 'SUB_PROCESS' ELSE t.kind END AS task_type,
    t.definition_id AS process_definition_id,
    t.instance_id AS process_instance_id,
    (SELECT n.task_json FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name COLLATE utf8mb4_bin = t.task COLLATE utf8mb4_bin) AS task_json,
    CASE t.state WHEN 'SUBMITTED' THEN 0 WHEN 'DELAYED' THEN 0 WHEN 'DISPATCHED' THEN 0 WHEN 'RUNNING' THEN 1 WHEN 'PAUSING' THEN 2 WHEN 'PAUSED' THEN 3 WHEN 'STOPPING' THEN 4 WHEN 'STOPPED' THEN 5 WHEN 'FAILED' THEN 6 WHEN 'SUCCEEDED' THEN 7 WHEN 'FORCED_SUCCESS' THEN 7 WHEN 'LOST' THEN 8 WHEN 'KILLED' THEN 9 WHEN 'SERIAL_WAIT' THEN 10 END AS state,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.submit_time)), CAST(t.submit_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS submit_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.start_time)), CAST(t.start_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS start_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', t.end_time)), CAST(t.end_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS end_time,
    t.host,
    t.work_dir AS execute_path,
    t.log_path,
    t.warned AS alert_flag,
    t.retry AS retry_times,
    t.pid,
    t.app_link,
    t.is_current AS flag,
    (SELECT n.retry_interval FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name COLLATE utf8mb4_bin = t.task COLLATE utf8mb4_bin) AS retry_interval,
    (SELECT n.max_retry_times FROM dolphin_node n WHERE n.workflow_id = i.definition_id AND n.version = i.definition_version AND n.name COLLATE utf8mb4_bin = t.task COLLATE utf8mb4_bin) AS max_retry_times,
    t.priority AS task_instance_priority,
    COALESCE(NULLIF(t.worker_group, ''), 'default') AS worker_group,
    i.user_id AS executor_id
FROM task_instance t LEFT JOIN instance i ON i.id = t.instance_id;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_process_instance AS
SELECT i.id,
    i.parent_id AS parent_process_instance_id,
    i.parent_task_id AS parent_task_instance_id,
    i.id AS process_instance_id
FROM instance i
WHERE i.parent_id <> 0;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_command AS
SELECT c.id,
    CASE c.type WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 END AS command_type,
    c.definition_id AS process_definition_id,
    JSON_MERGE_PATCH(CASE WHEN JSON_EXTRACT(c.start_options, '$.startTasks') IS NULL THEN '{}' ELSE JSON_OBJECT('StartNodeNameList', JSON_EXTRACT(SUBSTR(REPLACE(REPLACE(JSON_EXTRACT(c.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, CHAR_LENGTH(REPLACE(REPLACE(JSON_EXTRACT(c.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2), '$')) END, CASE WHEN c.instance_id <> 0 THEN JSON_OBJECT('ProcessInstanceId', c.instance_id) ELSE '{}' END) AS command_param,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.scope')) WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.failureStrategy')) WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.warningType')) WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.warningGroupId')), '0') AS SIGNED) AS warning_group_id,
    NULL AS schedule_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', c.create_time)), CAST(c.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS start_time,
    c.user_id AS executor_id,
    NULL AS dependence,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', c.create_time)), CAST(c.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.priority')), '0') AS SIGNED) AS process_instance_priority,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.workerGroup')), 'default') AS worker_group
FROM command c
WHERE c.type NOT IN ('CHILD_ENDED', 'SCHEDULE_CHANGE', 'DELETE');

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_error_command AS
SELECT c.id,
    CASE c.type WHEN 'START' THEN 0 WHEN 'SUB' THEN 0 WHEN 'RECOVER_PAUSED' THEN 3 WHEN 'RECOVER_FAILED' THEN 4 WHEN 'FORCE_SUCCESS' THEN 4 WHEN 'RELEASE_HOLD' THEN 4 WHEN 'BACKFILL' THEN 5 WHEN 'SCHEDULE' THEN 6 WHEN 'RERUN' THEN 7 WHEN 'PAUSE' THEN 8 WHEN 'STOP' THEN 9 END AS command_type,
    c.definition_id AS process_definition_id,
    JSON_MERGE_PATCH(CASE WHEN JSON_EXTRACT(c.start_options, '$.startTasks') IS NULL THEN '{}' ELSE JSON_OBJECT('StartNodeNameList', JSON_EXTRACT(SUBSTR(REPLACE(REPLACE(JSON_EXTRACT(c.start_options, '$.startTasks'), '", "', '","'), '","', ','), 2, CHAR_LENGTH(REPLACE(REPLACE(JSON_EXTRACT(c.start_options, '$.startTasks'), '", "', '","'), '","', ',')) - 2), '$')) END, CASE WHEN c.instance_id <> 0 THEN JSON_OBJECT('ProcessInstanceId', c.instance_id) ELSE '{}' END) AS command_param,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.scope')) WHEN 'ONLY' THEN 0 WHEN 'PRE' THEN 1 ELSE 2 END AS task_depend_type,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.failureStrategy')) WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    CASE JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.warningType')) WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.warningGroupId')), '0') AS SIGNED) AS warning_group_id,
    NULL AS schedule_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', c.create_time)), CAST(c.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS start_time,
    c.user_id AS executor_id,
    NULL AS dependence,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', c.fail_time)), CAST(c.fail_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.priority')), '0') AS SIGNED) AS process_instance_priority,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(c.start_options, '$.workerGroup')), 'default') AS worker_group,
    c.last_error AS message
FROM failed_command c
WHERE c.type NOT IN ('CHILD_ENDED', 'SCHEDULE_CHANGE', 'DELETE');

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_schedules AS
SELECT s.id,
    s.definition_id AS process_definition_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.start_time)), CAST(s.start_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS start_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.end_time)), CAST(s.end_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS end_time,
    s.cron AS crontab,
    CASE JSON_UNQUOTE(JSON_EXTRACT(s.start_options, '$.failureStrategy')) WHEN 'END' THEN 0 WHEN 'CONTINUE' THEN 1 ELSE 1 END AS failure_strategy,
    s.user_id,
    CASE s.release_state WHEN 'ONLINE' THEN 1 ELSE 0 END AS release_state,
    CASE JSON_UNQUOTE(JSON_EXTRACT(s.start_options, '$.warningType')) WHEN 'NONE' THEN 0 WHEN 'SUCCESS' THEN 1 WHEN 'FAILURE' THEN 2 WHEN 'ALL' THEN 3 ELSE 0 END AS warning_type,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.start_options, '$.warningGroupId')), '0') AS SIGNED) AS warning_group_id,
    CAST(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.start_options, '$.priority')), '0') AS SIGNED) AS process_instance_priority,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.start_options, '$.workerGroup')), 'default') AS worker_group,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.create_time)), CAST(s.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.update_time)), CAST(s.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM schedule s;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_resources AS
SELECT r.id,
    r.name AS alias,
    r.file_name,
    r.description,
    r.user_id,
    CASE r.kind WHEN 'UDF' THEN 1 ELSE 0 END AS type,
    r.size,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', r.create_time)), CAST(r.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', r.update_time)), CAST(r.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time,
    COALESCE(NULLIF(r.parent_id, 0), -1) AS pid,
    CONVERT(r.full_name USING utf8mb4) AS full_name,
    r.is_directory
FROM resource r;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_udfs AS
SELECT f.id,
    f.user_id,
    f.name AS func_name,
    f.class_name,
    CASE f.kind WHEN 'SPARK' THEN 1 ELSE 0 END AS type,
    f.arg_types,
    f.db_name AS `database`,
    f.description,
    f.resource_id,
    COALESCE(CONVERT(r.full_name USING utf8mb4), '') AS resource_name,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', f.create_time)), CAST(f.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', f.update_time)), CAST(f.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM udf f LEFT JOIN resource r ON r.id = f.resource_id;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_datasource AS
SELECT s.id,
    s.name,
    s.note,
    CASE s.type WHEN 'MYSQL' THEN 0 WHEN 'POSTGRESQL' THEN 1 WHEN 'HIVE' THEN 2 WHEN 'SPARK' THEN 3 WHEN 'CLICKHOUSE' THEN 4 WHEN 'ORACLE' THEN 5 WHEN 'SQLSERVER' THEN 6 WHEN 'DB2' THEN 7 WHEN 'PRESTO' THEN 8 WHEN 'TRINO' THEN 12 WHEN 'STARROCKS' THEN 13 WHEN 'DORIS' THEN 23 WHEN 'TIDB' THEN 0 ELSE -1 END AS type,
    s.user_id,
    JSON_MERGE_PATCH(JSON_OBJECT('address', CASE WHEN s.type = 'SQLITE' THEN 'jdbc:sqlite:' ELSE CONCAT(CASE s.type WHEN 'POSTGRESQL' THEN 'jdbc:postgresql://' WHEN 'HIVE' THEN 'jdbc:hive2://' WHEN 'SPARK' THEN 'jdbc:hive2://' WHEN 'CLICKHOUSE' THEN 'jdbc:clickhouse://' WHEN 'SQLSERVER' THEN 'jdbc:sqlserver://' WHEN 'DB2' THEN 'jdbc:db2://' WHEN 'PRESTO' THEN 'jdbc:presto://' WHEN 'TRINO' THEN 'jdbc:trino://' WHEN 'SQLITE' THEN 'jdbc:sqlite:' ELSE CASE WHEN s.type = 'ORACLE' THEN CASE JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.connectType')) WHEN 'ORACLE_SID' THEN 'jdbc:oracle:thin:@' ELSE 'jdbc:oracle:thin:@//' END ELSE 'jdbc:mysql://' END END, REPLACE(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.host')), ''), ',', CONCAT(':', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.port')), ''), ',')), ':', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.port')), '')) END, 'database', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.database')), ''), 'jdbcUrl', CONCAT(CASE WHEN s.type = 'SQLITE' THEN 'jdbc:sqlite:' ELSE CONCAT(CASE s.type WHEN 'POSTGRESQL' THEN 'jdbc:postgresql://' WHEN 'HIVE' THEN 'jdbc:hive2://' WHEN 'SPARK' THEN 'jdbc:hive2://' WHEN 'CLICKHOUSE' THEN 'jdbc:clickhouse://' WHEN 'SQLSERVER' THEN 'jdbc:sqlserver://' WHEN 'DB2' THEN 'jdbc:db2://' WHEN 'PRESTO' THEN 'jdbc:presto://' WHEN 'TRINO' THEN 'jdbc:trino://' WHEN 'SQLITE' THEN 'jdbc:sqlite:' ELSE CASE WHEN s.type = 'ORACLE' THEN CASE JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.connectType')) WHEN 'ORACLE_SID' THEN 'jdbc:oracle:thin:@' ELSE 'jdbc:oracle:thin:@//' END ELSE 'jdbc:mysql://' END END, REPLACE(COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.host')), ''), ',', CONCAT(':', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.port')), ''), ',')), ':', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.port')), '')) END, CASE WHEN s.type = 'SQLITE' THEN '' WHEN s.type = 'SQLSERVER' THEN ';databaseName=' WHEN s.type = 'ORACLE' AND JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.connectType')) = 'ORACLE_SID' THEN ':' ELSE '/' END, COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.database')), '')), 'user', COALESCE(JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.user')), ''), 'password', '******'), CASE WHEN JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.principal')) <> '' THEN JSON_OBJECT('principal', JSON_UNQUOTE(JSON_EXTRACT(s.connection, '$.principal'))) ELSE '{}' END) AS connection_params,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.create_time)), CAST(s.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', s.update_time)), CAST(s.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM data_source s;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_project_user AS
SELECT g.user_id * 4294967296 + g.project_id AS id,
    g.user_id,
    g.project_id,
    g.perm,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM project_grant g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_datasource_user AS
SELECT g.user_id * 4294967296 + g.data_source_id AS id,
    g.user_id,
    g.data_source_id AS datasource_id,
    g.perm,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM data_source_grant g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_resources_user AS
SELECT g.user_id * 4294967296 + g.resource_id AS id,
    g.user_id,
    g.resource_id AS resources_id,
    g.perm,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM resource_grant g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_udfs_user AS
SELECT g.user_id * 4294967296 + g.udf_id AS id,
    g.user_id,
    g.udf_id,
    g.perm,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM udf_grant g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_alertgroup AS
SELECT g.id,
    g.name AS group_name,
    CASE g.type WHEN 'SMS' THEN 1 ELSE 0 END AS group_type,
    g.description,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.update_time)), CAST(g.update_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM alert_group g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_relation_user_alertgroup AS
SELECT g.group_id * 4294967296 + g.user_id AS id,
    g.group_id AS alertgroup_id,
    g.user_id,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', g.create_time)), CAST(g.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS update_time
FROM alert_group_user g;

CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW t_ds_alert AS
SELECT a.id,
    a.title,
    0 AS show_type,
    a.content,
    0 AS alert_type,
    CASE WHEN a.planned = 0 OR EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = a.id AND d.state = 'PENDING') THEN 0
        WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.alert_id = a.id AND d.state = 'FAILED') THEN 2 ELSE 1 END AS alert_status,
    (SELECT MAX(d.last_error) FROM delivery d WHERE d.alert_id = a.id AND d.last_error <> '') AS log,
    a.group_id AS alertgroup_id,
    a.receivers,
    '' AS receivers_cc,
    COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', a.create_time)), CAST(a.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME)) AS create_time,
    COALESCE((SELECT MAX(COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', d.end_time)), CAST(d.end_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME))) FROM delivery d WHERE d.alert_id = a.id), COALESCE(FROM_UNIXTIME(TIMESTAMPDIFF(SECOND, '1970-01-01 00:00:00', a.create_time)), CAST(a.create_time + INTERVAL TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) SECOND AS DATETIME))) AS update_time
FROM alert a;
