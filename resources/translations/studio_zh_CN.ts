<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source> % of the rows</source>
        <translation> % 的行</translation>
    </message>
    <message>
        <source> rows</source>
        <comment>after a number</comment>
        <translation> 行</translation>
    </message>
    <message>
        <source>&amp;New run</source>
        <translation>新建运行(&amp;N)</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; has failed</source>
        <translation>“{run}”失败了</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; has finished</source>
        <translation>“{run}”已完成</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is in the trash.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is starting on {device}, so a run started now waits its turn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is {state}, and a run that trains is not deleted.</source>
        <translation>“{run}”{state}，正在训练的运行不能删除。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; ran out of memory</source>
        <translation>“{run}”内存不足</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; waits and will continue exactly where it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{run}&apos; waits in the queue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{run}&apos; was lost</source>
        <translation>“{run}”已失联</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; was stopped</source>
        <translation>“{run}”已停止</translation>
    </message>
    <message>
        <source>&apos;{was}&apos; is called &apos;{run}&apos; now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(Token, expert) pairs contrasted in each layer and forward, spread evenly; 0 takes all of them.</source>
        <translation>每层每次前向中用于对比的（token，专家）对，均匀选取；0 表示全部。</translation>
    </message>
    <message>
        <source>(changed since: you will be asked again)</source>
        <translation>（此后有变化：会再次询问）</translation>
    </message>
    <message>
        <source>(nothing)</source>
        <translation>（无）</translation>
    </message>
    <message>
        <source>({where})</source>
        <translation>（{where}）</translation>
    </message>
    <message>
        <source>0 takes the likeliest token always; higher is more varied, above 1 wild.</source>
        <translation>0 总是取概率最大的 token；越高越多样，大于 1 则很随意。</translation>
    </message>
    <message>
        <source>95 % at most {p95:,}, longest {longest:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>95 % within {most:,}</source>
        <translation>95 % 不超过 {most:,}</translation>
    </message>
    <message>
        <source>A GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>A base in int8 is not shared: the scales of its products depend on all of their rows.</source>
        <translation>int8 的基座不能共享：其乘积的缩放取决于所有行。</translation>
    </message>
    <message>
        <source>A conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>A folder of data files</source>
        <translation>数据文件夹</translation>
    </message>
    <message>
        <source>A folder of training files</source>
        <translation>训练文件夹</translation>
    </message>
    <message>
        <source>A folder with models</source>
        <translation>存放模型的文件夹</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes exactly what the run computes.</source>
        <translation>全新的进程加载了它，其计算与本次运行完全一致。</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes what the run computes: the largest difference between their logits is {difference}, on a scale of {scale}.</source>
        <translation>全新的进程加载了它，其计算与本次运行一致：logits 的最大差异为 {difference}，量级为 {scale}。</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes what the run computes: the largest difference between their logits is {difference}.</source>
        <translation>全新的进程加载了它，其计算与本次运行一致：logits 的最大差异为 {difference}。</translation>
    </message>
    <message>
        <source>A model&apos;s folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>A model&apos;s folder with config and weights</source>
        <translation>含 config 和权重的模型文件夹</translation>
    </message>
    <message>
        <source>A model&apos;s own code</source>
        <translation>模型自带的代码</translation>
    </message>
    <message>
        <source>A multiple choice</source>
        <translation>选择题</translation>
    </message>
    <message>
        <source>A new repository is private: only you can see it.</source>
        <translation>新仓库是私有的：只有你能看到。</translation>
    </message>
    <message>
        <source>A program that takes this much of the card&apos;s memory needs the card. Memory that was in use when training began does not count, so the desktop and browsers do not pause training.</source>
        <translation>占用这么多显存的程序视为需要显卡。训练开始时已被占用的显存不计入，因此桌面和浏览器不会使训练暂停。</translation>
    </message>
    <message>
        <source>A question and its answer</source>
        <translation>问题与回答</translation>
    </message>
    <message>
        <source>A recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>A recipe file that you or somebody else has saved.</source>
        <translation>你或别人保存的配方文件。</translation>
    </message>
    <message>
        <source>A row is</source>
        <translation>一行是</translation>
    </message>
    <message>
        <source>A row is asked alone, and judged by its task&apos;s metric.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row: {row}</source>
        <translation>一行：{row}</translation>
    </message>
    <message>
        <source>A run of several processes trains alone.</source>
        <translation>多进程的运行单独训练。</translation>
    </message>
    <message>
        <source>A run started now waits until it ends.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A single .gguf file</source>
        <translation>单个 .gguf 文件</translation>
    </message>
    <message>
        <source>A single token with a meaning.</source>
        <translation>有特殊含义的单个 token。</translation>
    </message>
    <message>
        <source>A small model and three small tasks that come with the studio.</source>
        <translation>随程序提供的小模型和三个小任务。</translation>
    </message>
    <message>
        <source>A text and its label</source>
        <translation>文本与标签</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Activations and other temporary memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AdamW&apos;s weight decay.</source>
        <translation>AdamW 的权重衰减。</translation>
    </message>
    <message>
        <source>Adapted projections</source>
        <translation>适配的投影</translation>
    </message>
    <message>
        <source>Adapted projections: &quot;all&quot;, or names such as [&quot;q_proj&quot;, &quot;up_proj&quot;].</source>
        <translation>适配哪些投影：“all”，或名称如 [&quot;q_proj&quot;, &quot;up_proj&quot;]。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add data first</source>
        <translation>先添加数据</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>After you remove a model, you are asked again before it is loaded.</source>
        <translation>移除后，加载该模型前会再次询问。</translation>
    </message>
    <message>
        <source>Agree for this model</source>
        <translation>同意此模型运行</translation>
    </message>
    <message>
        <source>Agreeing lets these files run as a program on this computer. They can do anything that you can do here: read and change your files, use the network, start other programs. MixLoRA Studio does not check what they do. Agree only if you have read them, or trust whoever wrote them.</source>
        <translation>同意后，这些文件会作为程序在本机运行。凡是你能做的事它们都能做：读取和修改你的文件、访问网络、启动其他程序。MixLoRA Studio 不检查它们的行为。只有在读过这些文件或信任其作者时才应同意。</translation>
    </message>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All data files in a folder</source>
        <translation>文件夹中的全部数据文件</translation>
    </message>
    <message>
        <source>All data files of a folder are one task</source>
        <translation>文件夹中的全部数据文件是一个任务</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of it can be changed afterwards. Nothing is trained before you press Start.</source>
        <translation>之后都可以修改。按“开始训练”之前不会训练任何东西。</translation>
    </message>
    <message>
        <source>All on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All tasks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All tokens, or those that the answers are learned from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An adapter that training starts from, in place of fresh weights: its folder or a run&apos;s, or the name of an imported one.</source>
        <translation>训练从这个适配器开始，而不是从新的权重开始：它的文件夹、某个运行的文件夹，或已导入适配器的名称。</translation>
    </message>
    <message>
        <source>An adapter&apos;s or a run&apos;s folder</source>
        <translation>适配器或运行的文件夹</translation>
    </message>
    <message>
        <source>An interrupted export was cleared away.</source>
        <translation>已清理一次中断的导出。</translation>
    </message>
    <message>
        <source>And {number} more.</source>
        <translation>另有 {number} 条。</translation>
    </message>
    <message>
        <source>Another export</source>
        <translation>再次导出</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>答案</translation>
    </message>
    <message>
        <source>Answer
{answer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer of {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answer one held-out prompt of each task</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers</source>
        <comment>tokens of answers, in a choice</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers appear here with the first evaluation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers at this step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers of an evaluation, or samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answers to held-out rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Apply the changes named below</source>
        <translation>应用下面列出的改动</translation>
    </message>
    <message>
        <source>As the file has it. Its tokens follow once the model&apos;s tokenizer is loaded.</source>
        <translation>文件中的原样。模型的分词器加载后会显示 token。</translation>
    </message>
    <message>
        <source>As they will be read</source>
        <translation>读取效果</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask a row of the tasks, and have the answer judged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask again with what is set now, and forget what came after it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask it something: {command}</source>
        <translation>向它提问：{command}</translation>
    </message>
    <message>
        <source>Ask it, and judge the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask on the processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the last question with these experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the model (Return)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the model something…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask the model that was trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask this row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask what you trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At most so many held-out rows are scored while training; after it all that five minutes allow.</source>
        <translation>训练中最多为这么多留出行评分；训练后则评五分钟内所能评的全部。</translation>
    </message>
    <message>
        <source>At most {n} adapters train together.</source>
        <translation>最多 {n} 个适配器一起训练。</translation>
    </message>
    <message>
        <source>At {value:,}: {memory}, {time} for a row.</source>
        <translation>取 {value:,} 时：{memory}，每行{time}。</translation>
    </message>
    <message>
        <source>Attention rank</source>
        <translation>注意力的秩</translation>
    </message>
    <message>
        <source>Auto is AdamW, or its 8-bit form where memory is short.</source>
        <translation>“自动”为 AdamW，内存不足时用其 8-bit 版本。</translation>
    </message>
    <message>
        <source>Back to what was set up</source>
        <translation>回到之前的设置</translation>
    </message>
    <message>
        <source>Balance bias</source>
        <translation>均衡偏置</translation>
    </message>
    <message>
        <source>Balance of the experts</source>
        <translation>专家均衡</translation>
    </message>
    <message>
        <source>Balance scope</source>
        <translation>均衡范围</translation>
    </message>
    <message>
        <source>Balance share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Batch and masks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before training
{answer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before training it was right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before training it was wrong.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin anew…</source>
        <translation>重新开始…</translation>
    </message>
    <message>
        <source>Besides the method, these runs differ in {fields}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best checkpoint by</source>
        <translation>最佳检查点依据</translation>
    </message>
    <message>
        <source>Beyond max_length: the model never sees these tokens.</source>
        <translation>超出 max_length：模型看不到这些 token。</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>By arithmetic alone: {size}.</source>
        <translation>仅按公式计算：{size}。</translation>
    </message>
    <message>
        <source>By name, state, note, method, model or task (Ctrl+F)</source>
        <translation>按名称、状态、备注、方法、模型或任务（Ctrl+F）</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancelled while it was being sent. The finished export stays in its folder.</source>
        <translation>上传时被取消。已完成的导出仍在其文件夹中。</translation>
    </message>
    <message>
        <source>Cancelled. Nothing of it was kept.</source>
        <translation>已取消，没有保留任何内容。</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Cannot be trained on as it is: {tasks}.</source>
        <translation>以下任务目前无法用于训练：{tasks}。</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>容量</translation>
    </message>
    <message>
        <source>Change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change this question, and forget what came after it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat turn ended</source>
        <translation>对话轮正常结束</translation>
    </message>
    <message>
        <source>Check all rows</source>
        <translation>检查全部行</translation>
    </message>
    <message>
        <source>Checking its files, and looking for its base model…</source>
        <translation>正在检查文件，并寻找其基座模型…</translation>
    </message>
    <message>
        <source>Checking this machine&apos;s hardware…</source>
        <translation>正在检查本机硬件…</translation>
    </message>
    <message>
        <source>Checkpoint every</source>
        <translation>检查点间隔</translation>
    </message>
    <message>
        <source>Checkpoints kept</source>
        <translation>保留的检查点</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>Choose a PNG file that you can write.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a column for each part, or write a template with columns in braces, such as {context} and {question}. Nothing is changed before you press Use these columns.</source>
        <translation>为每个部分选择一列，或写一个模板，列名放在花括号中，如 {context} 和 {question}。按“使用这些列”之前不会有任何改动。</translation>
    </message>
    <message>
        <source>Choose a file that you can write.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Choose a model first</source>
        <translation>先选择模型</translation>
    </message>
    <message>
        <source>Choose a row to read its question, answer and expected answer in full.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose an existing file.</source>
        <translation>选择一个存在的文件。</translation>
    </message>
    <message>
        <source>Choose another folder, or a name in .png.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>请换一个位置。</translation>
    </message>
    <message>
        <source>Choose columns…</source>
        <translation>选择列…</translation>
    </message>
    <message>
        <source>Choose it to see whether it fits.</source>
        <translation>选中它，看是否放得下。</translation>
    </message>
    <message>
        <source>Choose two methods or more, or several seeds of one.</source>
        <translation>选择两种以上的方法，或一种方法的多个种子。</translation>
    </message>
    <message>
        <source>Choose what is the {parts}.</source>
        <translation>请选择{parts}对应的列。</translation>
    </message>
    <message>
        <source>Click a cell of the map: its expert&apos;s load over the whole run appears here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close it again to cancel.</source>
        <translation>再次关闭即取消导出。</translation>
    </message>
    <message>
        <source>Close the list; the problems stay in it</source>
        <translation>关闭列表；问题仍保留在其中</translation>
    </message>
    <message>
        <source>Close this and look at the recipe.</source>
        <translation>关闭此窗口，检查配方。</translation>
    </message>
    <message>
        <source>Colours of the tokens</source>
        <translation>token 的颜色</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Columns of {task}</source>
        <translation>{task} 的列</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>对比</translation>
    </message>
    <message>
        <source>Compare methods</source>
        <translation>对比方法</translation>
    </message>
    <message>
        <source>Compare methods…</source>
        <translation>对比方法…</translation>
    </message>
    <message>
        <source>Compare runs: select several with Ctrl or Shift and a click</source>
        <translation>对比运行：按住 Ctrl 或 Shift 点选多个</translation>
    </message>
    <message>
        <source>Compare {number}</source>
        <translation>对比 {number} 个</translation>
    </message>
    <message numerus="yes">
        <source>Compare {n} run</source>
        <comment>Compare {n} runs</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Completion</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Connect its drive, or check that you may read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect its drive, or choose another folder in the settings.</source>
        <translation>接上它所在的磁盘，或在设置中选择其他文件夹。</translation>
    </message>
    <message>
        <source>Continue automatically afterwards</source>
        <translation>之后自动继续</translation>
    </message>
    <message>
        <source>Continue exactly from here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continues training when that program has left the card alone for a minute, if the window is open.</source>
        <translation>该程序不再使用显卡满一分钟后，若窗口开着，就继续训练。</translation>
    </message>
    <message>
        <source>Contrastive</source>
        <translation>对比损失</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy a report of all of them</source>
        <translation>复制所有问题的报告</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>全部复制</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy every run&apos;s scores as comma-separated values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Copy the line for {program}</source>
        <translation>复制用于 {program} 的命令</translation>
    </message>
    <message>
        <source>Copy the table as Markdown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the versions for a bug report</source>
        <translation>复制版本信息，用于报告问题</translation>
    </message>
    <message>
        <source>Copy this with the details for a bug report</source>
        <translation>连同详情一起复制，用于报告问题</translation>
    </message>
    <message>
        <source>Copy this with the run&apos;s facts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copying and checking</source>
        <translation>正在复制和检查</translation>
    </message>
    <message>
        <source>Counting what each would take…</source>
        <translation>正在计算各格式的大小…</translation>
    </message>
    <message>
        <source>Ctrl+1 to 9</source>
        <translation>Ctrl+1 至 9</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Data ({endings})</source>
        <translation>数据 ({endings})</translation>
    </message>
    <message>
        <source>Data files</source>
        <translation>数据文件</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete all for good</source>
        <translation>全部永久删除</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Delete the selected runs</source>
        <translation>删除所选运行</translation>
    </message>
    <message numerus="yes">
        <source>Delete {n} run</source>
        <comment>Delete {n} runs</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deleted for good: {n} run.</source>
        <comment>Deleted for good: {n} runs.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Deleted runs</source>
        <translation>已删除的运行</translation>
    </message>
    <message>
        <source>Deleted runs, newest first</source>
        <translation>已删除的运行，最新在前</translation>
    </message>
    <message>
        <source>Deleted runs: restore one, or empty the trash</source>
        <translation>已删除的运行：恢复或清空回收站</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Details of the experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>Does not fit: {memory}</source>
        <translation>放不下：{memory}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Drop files or folders anywhere on this page, or add them: each becomes a task.</source>
        <translation>把文件或文件夹拖放到本页任意处，或添加它们：每个成为一个任务。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>Dropout before the low-rank pair, in training only.</source>
        <translation>低秩对之前的 dropout，仅用于训练。</translation>
    </message>
    <message>
        <source>Each adapted projection has its own router per layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each expert&apos;s use in each layer appears here with the first step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each layer balances for itself, or all layers together within the rows computed at once, as in the reference; the result then depends on micro_batch.</source>
        <translation>各层各自均衡，或像参考实现那样在同时计算的行内所有层一起均衡；后者的结果与 micro_batch 有关。</translation>
    </message>
    <message>
        <source>Each method gets the rank at which it trains as many parameters as this recipe</source>
        <translation>为每种方法选取合适的秩，使可训练参数量与本配方相同</translation>
    </message>
    <message>
        <source>Each row is a layer and each cell an expert: grey is its fair share of the tokens, orange more, blue less, a cross none.
Healthy is a map that stays near grey with a pattern of its own in each layer; whole columns of blue that grow mean that a few experts do all the work.
Look at one task, or at two compared: experts that differ between tasks have specialised, which is what they are for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each token goes to one expert, so none share any.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each training file becomes a task</source>
        <translation>每个训练文件成为一个任务</translation>
    </message>
    <message>
        <source>Earlier vectors of each expert that the contrastive loss compares with.</source>
        <translation>对比损失所比较的每个专家的先前向量数。</translation>
    </message>
    <message>
        <source>End the answer here (Escape)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the export; nothing of it is kept</source>
        <translation>中止导出；不保留任何内容</translation>
    </message>
    <message>
        <source>Equal parameters</source>
        <translation>参数量相等</translation>
    </message>
    <message>
        <source>Evenness of the mix</source>
        <translation>混合的均匀度</translation>
    </message>
    <message>
        <source>Every export is verified: a fresh process loads it and compares the results.</source>
        <translation>每次导出都会验证：由一个全新的进程加载并比较结果。</translation>
    </message>
    <message>
        <source>Every row was read and is used whole.</source>
        <translation>已读取全部行，且都完整使用。</translation>
    </message>
    <message numerus="yes">
        <source>Every row was read and is used; there is one warning.</source>
        <comment>Every row was read and is used; there are {n} warnings.</comment>
        <translation>
            <numerusform>已读取并使用全部行；有 {n} 条警告。</numerusform>
        </translation>
    </message>
    <message>
        <source>Every row was read; {left:,} of {found:,} are left out.</source>
        <translation>已读取全部行；{found:,} 行中有 {left:,} 行被略去。</translation>
    </message>
    <message>
        <source>Everything that has a good default</source>
        <translation>所有已有合适默认值的选项</translation>
    </message>
    <message>
        <source>Exact: it computes what the run computes, but for the rounding to {numbers}.</source>
        <translation>精确：除舍入到 {numbers} 外，与本次运行的计算一致。</translation>
    </message>
    <message>
        <source>Exact: it computes what the run computes.</source>
        <translation>精确：与本次运行的计算一致。</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expected
{expected}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expected: {expected}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert load by layer: nothing routed yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert load of {layers} layers with {experts} experts: nothing routed yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert load of {layers} layers with {experts} experts: the busiest is expert {expert} of layer {layer} with {used:.2f} times its fair share; {dead} are dead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert load of {task} less {other}: they differ most in {cell}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert matrices</source>
        <translation>专家矩阵</translation>
    </message>
    <message>
        <source>Expert {expert}, {share} of the last answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert {expert}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert {expert}: {count:,.0f} tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert {expert}: {switch}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert {expert}: {used:.2f} × its fair share over all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家数</translation>
    </message>
    <message>
        <source>Experts by themselves</source>
        <translation>逐个专家</translation>
    </message>
    <message>
        <source>Experts for each token</source>
        <translation>每个 token 的专家数</translation>
    </message>
    <message>
        <source>Experts in each routed layer.</source>
        <translation>每个路由层的专家数。</translation>
    </message>
    <message>
        <source>Experts of each layer, first layer first, instead of the one number for all.</source>
        <translation>每一层的专家数，从第一层起，代替统一的数目。</translation>
    </message>
    <message>
        <source>Experts per layer</source>
        <translation>每层专家数</translation>
    </message>
    <message>
        <source>Experts that each token is sent to.</source>
        <translation>每个 token 被送往几个专家。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export in progress</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>Export into</source>
        <translation>导出到</translation>
    </message>
    <message>
        <source>Export the adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export {run}</source>
        <translation>导出 {run}</translation>
    </message>
    <message>
        <source>Exported and verified, and sent to the hub.</source>
        <translation>已导出并验证，并已上传到模型站。</translation>
    </message>
    <message>
        <source>Exported and verified.</source>
        <translation>已导出并验证。</translation>
    </message>
    <message>
        <source>Exported, and sent to the hub.</source>
        <translation>已导出，并已上传到模型站。</translation>
    </message>
    <message>
        <source>Exported.</source>
        <translation>已导出。</translation>
    </message>
    <message>
        <source>Exports to: {formats}.</source>
        <translation>可导出为：{formats}。</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Fall of the learning rate</source>
        <translation>学习率衰减</translation>
    </message>
    <message>
        <source>Field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Files, held-out rows, format, weight and metric</source>
        <translation>文件、留出行、格式、权重和指标</translation>
    </message>
    <message>
        <source>Files…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Fill the new-run page with this recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by name, or search the hub</source>
        <translation>按名称筛选，或搜索模型站</translation>
    </message>
    <message>
        <source>Find models…</source>
        <translation>查找模型…</translation>
    </message>
    <message>
        <source>Find rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finish this step, then save a checkpoint and the adapter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First row: {row}</source>
        <translation>第一行：{row}</translation>
    </message>
    <message>
        <source>Fits: {facts}</source>
        <translation>放得下：{facts}</translation>
    </message>
    <message>
        <source>Fix the data first</source>
        <translation>先修正数据</translation>
    </message>
    <message>
        <source>Fix the problem first</source>
        <translation>先解决问题</translation>
    </message>
    <message>
        <source>Fix {field} first</source>
        <translation>先修正{field}</translation>
    </message>
    <message>
        <source>Fix {number} fields first</source>
        <translation>先修正 {number} 个字段</translation>
    </message>
    <message>
        <source>Fixes data order, initialisation and dropout.</source>
        <translation>固定数据顺序、初始化和 dropout。</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Folder of runs</source>
        <translation>运行文件夹</translation>
    </message>
    <message>
        <source>Folder to write</source>
        <translation>写入的文件夹</translation>
    </message>
    <message>
        <source>Folders of models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Follow the newest steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Form</source>
        <translation>计算形式</translation>
    </message>
    <message>
        <source>Free some disk space, or close the program that holds the file.</source>
        <translation>释放一些磁盘空间，或关闭占用该文件的程序。</translation>
    </message>
    <message>
        <source>From {least:g} up.</source>
        <translation>不小于 {least:g}。</translation>
    </message>
    <message>
        <source>From {least} to {most}.</source>
        <translation>范围 {least} 到 {most}。</translation>
    </message>
    <message>
        <source>Frozen weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>GGUF 模型 (*.gguf)</translation>
    </message>
    <message>
        <source>GGUF: one file for llama.cpp, LM Studio and Ollama</source>
        <translation>GGUF：用于 llama.cpp、LM Studio 和 Ollama 的单个文件</translation>
    </message>
    <message>
        <source>GGUF…</source>
        <translation>GGUF…</translation>
    </message>
    <message>
        <source>GPU busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU power</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GPU temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Games</source>
        <translation>游戏</translation>
    </message>
    <message>
        <source>Gaming mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaming mode, off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaming mode, on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaming: {runs} saves a checkpoint and stops after this step; then the card is free.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaps between blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give way to games automatically</source>
        <translation>自动为游戏让路</translation>
    </message>
    <message>
        <source>Goat scaling</source>
        <translation>GOAT 缩放</translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradients are scaled down to this norm; 0 never clips.</source>
        <translation>梯度范数超过此值时缩小到此值；0 表示不裁剪。</translation>
    </message>
    <message>
        <source>Guesses:</source>
        <translation>猜测：</translation>
    </message>
    <message>
        <source>Held-out data</source>
        <translation>留出数据</translation>
    </message>
    <message>
        <source>Held-out row {row} of {task}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held-out rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held-out scores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held-out scores by task</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How a row is read</source>
        <translation>行的读取方式</translation>
    </message>
    <message>
        <source>How a row is read; auto looks at its columns. For columns of other names, say which is what: { prompt = &quot;question&quot;, completion = &quot;reply&quot; }.</source>
        <translation>一行如何读取；“自动”会查看各列。列名不同时指明各列的含义：{ prompt = &quot;question&quot;, completion = &quot;reply&quot; }。</translation>
    </message>
    <message>
        <source>How an answer is scored; auto chooses by the rows and says what it chose.</source>
        <translation>回答如何评分；“自动”按行的内容选择，并说明所选的方式。</translation>
    </message>
    <message>
        <source>How answers are scored</source>
        <translation>回答的评分方式</translation>
    </message>
    <message>
        <source>How evenly tasks are mixed: at 1 by their rows times weight, higher gives small tasks a larger share, as rows^(1/temperature).</source>
        <translation>任务混合的均匀程度：为 1 时按行数乘权重混合；越大，小任务占比越高，按 rows^(1/temperature)。</translation>
    </message>
    <message>
        <source>How experts are chosen: the k best, the fewest that reach top_p, or one with a capacity.</source>
        <translation>专家的选择方式：最优的 k 个、概率和达到 top_p 的最少几个，或带容量的单个专家。</translation>
    </message>
    <message>
        <source>How experts are computed, equal but for rounding: by kernels of our own, by plain products of all experts, or sorted by expert. Auto takes the faster on a card, and sorts on a processor.</source>
        <translation>专家的计算方式，除舍入外结果相同：用自己的内核、用全部专家的普通乘积，或按专家排序。“自动”在显卡上取较快的，在处理器上排序。</translation>
    </message>
    <message>
        <source>How it learns, and what is kept</source>
        <translation>如何学习，保留什么</translation>
    </message>
    <message>
        <source>How many times an epoch goes through this task&apos;s rows.</source>
        <translation>每轮把此任务的行过几遍。</translation>
    </message>
    <message>
        <source>How much the curves are smoothed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the loss curve is smoothed.</source>
        <translation>损失曲线的平滑程度。</translation>
    </message>
    <message>
        <source>How much the training curves are smoothed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often all rows are learned; a number of steps goes before it.</source>
        <translation>全部行学习几遍；若设了步数，则以步数为准。</translation>
    </message>
    <message>
        <source>How the adapter is made</source>
        <translation>适配器如何构成</translation>
    </message>
    <message>
        <source>How the frozen weights are held; auto takes the best that fits the budget.</source>
        <translation>冻结权重的存放精度；“自动”取预算放得下的最高精度。</translation>
    </message>
    <message>
        <source>How the learning rate falls after warm-up.</source>
        <translation>预热之后学习率如何下降。</translation>
    </message>
    <message>
        <source>How the model is adapted: mixlora routes each token to experts; the others are for comparison.</source>
        <translation>模型的适配方法：mixlora 把每个 token 路由到专家；其余用于对比。</translation>
    </message>
    <message>
        <source>How the model is held</source>
        <translation>模型如何加载</translation>
    </message>
    <message>
        <source>How the task&apos;s loads differ from another&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How to run it in {program}</source>
        <translation>如何在 {program} 中运行</translation>
    </message>
    <message>
        <source>Hub cache</source>
        <translation>模型站缓存</translation>
    </message>
    <message>
        <source>In a recipe: {field}</source>
        <translation>配方中的字段：{field}</translation>
    </message>
    <message>
        <source>In training the routed input is multiplied by a random factor this far from 1.</source>
        <translation>训练时路由输入乘以一个随机因子，与 1 的偏差至多为此值。</translation>
    </message>
    <message>
        <source>In {program}</source>
        <translation>在 {program} 中</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Into</source>
        <translation>到</translation>
    </message>
    <message>
        <source>It is called &apos;{run}&apos; again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is known by its hash, {hash}</source>
        <translation>以其哈希值 {hash} 识别</translation>
    </message>
    <message>
        <source>It was cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Its base model, {name}, was not found on this machine. Where is it?</source>
        <translation>本机上没有找到它的基座模型 {name}。它在哪里？</translation>
    </message>
    <message>
        <source>Its base: .gguf…</source>
        <translation>基座：.gguf…</translation>
    </message>
    <message>
        <source>Its base: folder…</source>
        <translation>基座：文件夹…</translation>
    </message>
    <message>
        <source>Its data cannot be trained on</source>
        <translation>其数据无法用于训练</translation>
    </message>
    <message>
        <source>Its lead over {setting} is within the standard errors, and may be chance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its log: {log}.</source>
        <translation>其日志：{log}。</translation>
    </message>
    <message>
        <source>Its logits typically differ by {share:.2g} % of their scale.</source>
        <translation>其 logits 的典型差异为量级的 {share:.2g} %。</translation>
    </message>
    <message>
        <source>Its own code…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jitter</source>
        <translation>抖动</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Keep 10&#xa0;% apart</source>
        <translation>留出 10&#xa0;%</translation>
    </message>
    <message>
        <source>Keep the best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the note (Ctrl+Return)</source>
        <translation>保存备注（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Keep this value: offers then change other things</source>
        <translation>固定此值：方案只改动其他项</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Kill</source>
        <translation>强行结束</translation>
    </message>
    <message>
        <source>Kill a worker that no longer responds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kill the worker</source>
        <translation>强行结束训练进程</translation>
    </message>
    <message>
        <source>Kill the worker now?</source>
        <translation>现在强行结束训练进程？</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Largest block for a moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lay rows end to end, so that no time goes into padding; no row sees another. The result is the same but for rounding and for dropout&apos;s random draws.</source>
        <translation>把行首尾相接，不在填充上花时间；行与行互不可见。结果相同，仅舍入和 dropout 的随机抽取有别。</translation>
    </message>
    <message>
        <source>Layer by whose experts tokens are coloured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer experts</source>
        <translation>各层专家数</translation>
    </message>
    <message>
        <source>Layer ranks</source>
        <translation>各层的秩</translation>
    </message>
    <message>
        <source>Layer {depth}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer {depth}, {projection}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer {layer}, expert {expert}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learned from past runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Leave it out of the comparison.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave out rows that cannot be read, and count them, instead of refusing the file.</source>
        <translation>略去并统计无法读取的行，而不是拒绝整个文件。</translation>
    </message>
    <message>
        <source>Leave rare spikes and the first steep fall off the axis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: {why}. It has {counts}.</source>
        <translation>已略去：{why}。共 {counts}。</translation>
    </message>
    <message>
        <source>Lengths of all rows</source>
        <translation>全部行的长度</translation>
    </message>
    <message>
        <source>Lengths of the rows: not counted yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lengths of {rows:,} rows: 95 of 100 have at most {p95:,} tokens, the longest {longest:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the studio recognise the columns</source>
        <translation>由程序识别各列</translation>
    </message>
    <message>
        <source>Libraries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence: {licence}. What you train stays on this machine.</source>
        <translation>许可证：{licence}。你训练的内容都留在本机。</translation>
    </message>
    <message>
        <source>Like an earlier run</source>
        <translation>仿照某次运行</translation>
    </message>
    <message>
        <source>Like {run}, {state}</source>
        <translation>仿照 {run}，{state}</translation>
    </message>
    <message>
        <source>Live</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load of each expert over all layers, 1 is fair: {spoken}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load of each expert over all layers: nothing routed yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the model and the rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loads appear with the first steps of a routed method.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loads of all tasks, or of one of them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Logarithmic axis: equal factors, equal distances</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest row</source>
        <translation>最长的行</translation>
    </message>
    <message>
        <source>Look in a folder…</source>
        <translation>在文件夹中查找…</translation>
    </message>
    <message>
        <source>Looking at its first rows…</source>
        <translation>正在查看前几行…</translation>
    </message>
    <message>
        <source>Looking for rows: after this answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for rows…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Magnitudes</source>
        <translation>幅值</translation>
    </message>
    <message>
        <source>Majority</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it fit</source>
        <translation>调整到放得下</translation>
    </message>
    <message>
        <source>Make it fit the {card}</source>
        <translation>调整到 {card} 放得下</translation>
    </message>
    <message>
        <source>Match parameters</source>
        <translation>参数量对齐</translation>
    </message>
    <message>
        <source>Match {method}&apos;s {number} parameters</source>
        <translation>对齐 {method} 的 {number} 个参数</translation>
    </message>
    <message>
        <source>Max difference of an expert</source>
        <translation>单个专家的最大差异</translation>
    </message>
    <message>
        <source>Max new tokens</source>
        <translation>最多生成的 token</translation>
    </message>
    <message>
        <source>Max weight difference</source>
        <translation>权重最大差异</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean logit difference</source>
        <translation>logits 平均差异</translation>
    </message>
    <message>
        <source>Measure memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>记忆</translation>
    </message>
    <message>
        <source>Memory budget</source>
        <translation>内存预算</translation>
    </message>
    <message>
        <source>Memory in use: {part} of {whole}</source>
        <translation>已用内存：{part} / {whole}</translation>
    </message>
    <message>
        <source>Memory plan: none yet</source>
        <translation>内存计划：暂无</translation>
    </message>
    <message>
        <source>Memory plan: {peak} does not fit in {budget}: {parts}</source>
        <translation>内存计划：{peak}，{budget} 放不下：{parts}</translation>
    </message>
    <message>
        <source>Memory plan: {peak} fits in {budget}: {parts}</source>
        <translation>内存计划：{peak}，{budget} 放得下：{parts}</translation>
    </message>
    <message>
        <source>Memory that counts as a game (GiB)</source>
        <translation>视为游戏的显存占用（GiB）</translation>
    </message>
    <message>
        <source>Memory the run may take, such as &quot;24GiB&quot;; auto is what is free, less a reserve.</source>
        <translation>运行可占用的内存，如“24GiB”；“自动”为空闲内存减去预留。</translation>
    </message>
    <message>
        <source>Memory: nothing to show yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory: {told}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory: {told}; budget {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Merged model: a base with its LoRA or DoRA added, for any program that runs the base</source>
        <translation>合并模型：基座加上其 LoRA 或 DoRA，可用于任何能运行基座的程序</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Metric</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mixture of experts: a stock model for transformers and vLLM, without this package</source>
        <translation>混合专家模型：用于 transformers 和 vLLM 的标准模型，不需要本软件包</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models of this name on the hub</source>
        <translation>模型站上同名的模型</translation>
    </message>
    <message>
        <source>Models on this machine, and on the hub</source>
        <translation>本机和模型站上的模型</translation>
    </message>
    <message>
        <source>Models that may run their own code</source>
        <translation>允许运行自带代码的模型</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>More rows</source>
        <translation>更多行</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the other runs of this sweep to the trash</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move {run} down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move {run} up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>My files</source>
        <translation>我的文件</translation>
    </message>
    <message>
        <source>My run</source>
        <translation>我的运行</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the run</source>
        <translation>运行名称</translation>
    </message>
    <message>
        <source>Name of the task</source>
        <translation>任务名称</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新建运行</translation>
    </message>
    <message>
        <source>Newest checkpoints kept on the disk.</source>
        <translation>磁盘上保留的最新检查点数。</translation>
    </message>
    <message>
        <source>Next in the queue: &apos;{run}&apos; starts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No answer yet</source>
        <translation>还没有回答</translation>
    </message>
    <message>
        <source>No answers to held-out rows were kept. “Find rows” reads them from the tasks’ files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No finished run has a score. Name held-out rows in tasks.evaluate to have the runs compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model was found in the hub&apos;s cache, in the folders of LM Studio and Ollama, or in your folders. Choose a folder or a GGUF file below, or search the hub.</source>
        <translation>在模型站缓存、LM Studio 和 Ollama 的文件夹以及你的文件夹中都没有找到模型。在下面选择文件夹或 GGUF 文件，或搜索模型站。</translation>
    </message>
    <message>
        <source>No pairs were counted yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No row is scored yet</source>
        <translation>还没有行被评分</translation>
    </message>
    <message>
        <source>No run has finished yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No run matches &apos;{sought}&apos;.</source>
        <translation>没有匹配“{sought}”的运行。</translation>
    </message>
    <message>
        <source>No samples yet: they come with the scores, and whenever you ask for them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>No usable GPU: {name}, {n} core</source>
        <comment>No usable GPU: {name}, {n} cores</comment>
        <translation>
            <numerusform>没有可用的 GPU：{name}，{n} 核</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the kept answers is of this kind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the rows is of this kind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the run&apos;s tasks has held-out rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None. You are asked before a model that needs its own code is loaded.</source>
        <translation>无。加载需要自带代码的模型前会先询问。</translation>
    </message>
    <message>
        <source>Not added again: {files}.</source>
        <translation>未重复添加：{files}。</translation>
    </message>
    <message>
        <source>Not in your file: the chat template.</source>
        <translation>不在你的文件里：来自对话模板。</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>Not possible: {why}.</source>
        <translation>无法导出：{why}。</translation>
    </message>
    <message>
        <source>Not used by {method}.</source>
        <translation>{method} 不使用。</translation>
    </message>
    <message>
        <source>Not used while &apos;{switch}&apos; is off.</source>
        <translation>“{switch}”关闭时不使用。</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Note on {run}</source>
        <translation>{run} 的备注</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing fits with what is pinned. Let a pin go, or choose a smaller model.</source>
        <translation>按已固定的项没有放得下的方案。松开一个固定项，或选择更小的模型。</translation>
    </message>
    <message>
        <source>Nothing has happened yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing here has such a name. The hub may.</source>
        <translation>本机没有这个名称的模型，模型站上也许有。</translation>
    </message>
    <message>
        <source>Nothing is known of it yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to try yet: the run needs its first checkpoint, or its end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was routed in these steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number format of {title}</source>
        <translation>{title}的数值格式</translation>
    </message>
    <message>
        <source>Number of training rows that are held out</source>
        <translation>留出的训练行数</translation>
    </message>
    <message>
        <source>Off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offers never change this</source>
        <translation>方案从不改动此项</translation>
    </message>
    <message>
        <source>On</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation>模型站</translation>
    </message>
    <message>
        <source>Once all runs of this sweep have ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One or several data files</source>
        <translation>一个或多个数据文件</translation>
    </message>
    <message>
        <source>One question at a time: stop this answer, or wait for its end.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One run each does not tell how much of its lead is chance: sweep seed as well.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only so many likeliest tokens may be drawn; 0 is all of them.</source>
        <translation>只从这么多个最可能的 token 中抽取；0 表示全部。</translation>
    </message>
    <message>
        <source>Only the likeliest tokens that reach this probability together may be drawn.</source>
        <translation>只从合计达到此概率的最可能 token 中抽取。</translation>
    </message>
    <message>
        <source>Only this expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>Open a recipe file</source>
        <translation>打开配方文件</translation>
    </message>
    <message>
        <source>Open an adapter or a run</source>
        <translation>打开适配器或运行</translation>
    </message>
    <message>
        <source>Open an adapter or a run from elsewhere…</source>
        <translation>打开别处的适配器或运行…</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open its folder</source>
        <translation>打开其文件夹</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>打开设置</translation>
    </message>
    <message>
        <source>Open the file with a browser.</source>
        <translation>用浏览器打开该文件。</translation>
    </message>
    <message>
        <source>Open the run&apos;s folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open {folder}</source>
        <translation>打开 {folder}</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Optimiser states</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Over time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PEFT adapter: for Python programs, with peft and this package</source>
        <translation>PEFT 适配器：用于 Python 程序，需要 peft 和本软件包</translation>
    </message>
    <message>
        <source>Pack rows</source>
        <translation>打包行</translation>
    </message>
    <message>
        <source>Packed: {rows} rows, {tokens:,} tokens</source>
        <translation>已打包：{rows} 行，{tokens:,} 个 token</translation>
    </message>
    <message>
        <source>Pairs</source>
        <translation>配对数</translation>
    </message>
    <message>
        <source>Part by part</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the comparison</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the run&apos;s page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passes over the data</source>
        <translation>训练轮数</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause training and free the card; click again to continue exactly where it was</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pauses training while another program, such as a game, needs the card: it uses a quarter of the card&apos;s time, or as much of its memory as set below. Works while the window is closed, too.</source>
        <translation>当游戏等其他程序需要显卡时暂停训练：即它占用显卡四分之一的时间，或占用下面设定的显存。窗口关闭时同样有效。</translation>
    </message>
    <message>
        <source>Peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Peak learning rate.</source>
        <translation>最高学习率。</translation>
    </message>
    <message>
        <source>Peak of an evaluation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plan for</source>
        <translation>计划对象</translation>
    </message>
    <message>
        <source>Plan for this machine, or for a card that is not in it. Start always trains on this machine.</source>
        <translation>为本机做计划，或为不在本机的显卡做计划。“开始训练”总在本机上训练。</translation>
    </message>
    <message>
        <source>Planned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Planning each method…</source>
        <translation>正在为每种方法做计划…</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>正在计划…</translation>
    </message>
    <message>
        <source>Play the run from here, or pause (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a token to see its experts in every layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Precision of the weights</source>
        <translation>权重精度</translation>
    </message>
    <message>
        <source>Press Choose columns to say which column is what.</source>
        <translation>按“选择列”指定各列的含义。</translation>
    </message>
    <message>
        <source>Press Done again to make it.</source>
        <translation>再按一次“完成”即可创建。</translation>
    </message>
    <message>
        <source>Press an expert to switch it off, then ask again: the difference is what it does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press to see the rows token by token.</source>
        <translation>按下可逐 token 查看各行。</translation>
    </message>
    <message>
        <source>Press to switch it off; right click to let only this one answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press to switch it on again; right click to let only this one answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability that the experts chosen by top-p routing reach.</source>
        <translation>top-p 路由所选专家须达到的概率。</translation>
    </message>
    <message>
        <source>Probe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>进程数</translation>
    </message>
    <message>
        <source>Projection whose routers are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开</translation>
    </message>
    <message>
        <source>Public: everybody can see and download it, for good.</source>
        <translation>公开：所有人都能看到并下载，且无法收回。</translation>
    </message>
    <message>
        <source>Put the selected runs back</source>
        <translation>把所选运行放回列表</translation>
    </message>
    <message>
        <source>Python with PEFT and this package</source>
        <translation>Python（需 PEFT 和本软件包）</translation>
    </message>
    <message>
        <source>Qt reports: {message}</source>
        <translation>Qt 报告：{message}</translation>
    </message>
    <message>
        <source>Quality or speed</source>
        <translation>质量还是速度</translation>
    </message>
    <message>
        <source>Quantisation</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Quantisation keeps choices</source>
        <translation>量化后选择不变</translation>
    </message>
    <message>
        <source>Quantisation moves logits</source>
        <translation>量化引起的 logits 变化</translation>
    </message>
    <message>
        <source>Question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Question
{prompt}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions and answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Questions and answers, conversations or text. Choose them, or drop them.</source>
        <translation>问答、对话或文本。选择文件，或拖放到这里。</translation>
    </message>
    <message>
        <source>Queue the run (Ctrl+Return)</source>
        <translation>把运行加入队列（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Queue the runs</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Queue the runs, and open the comparison</source>
        <translation>把这些运行加入队列，并打开对比</translation>
    </message>
    <message>
        <source>Queue this run, and set up another</source>
        <translation>把此运行加入队列，再设置下一个</translation>
    </message>
    <message>
        <source>Queue {number} runs</source>
        <translation>把 {number} 个运行加入队列</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Rank in the attention where it differs from the experts&apos;; its scaling stays the experts&apos;.</source>
        <translation>注意力部分的秩，与专家不同时填写；缩放仍与专家相同。</translation>
    </message>
    <message>
        <source>Rank of each layer&apos;s experts, first layer first, instead of the one rank for all.</source>
        <translation>每一层专家的秩，从第一层起，代替统一的秩。</translation>
    </message>
    <message>
        <source>Rank of every low-rank pair (moelora: of all its experts).</source>
        <translation>每个低秩对的秩（moelora：其全部专家合计）。</translation>
    </message>
    <message>
        <source>Rank {rank} and alpha {alpha:g}, so that both train the same number of parameters</source>
        <translation>秩 {rank}、alpha {alpha:g}，使两者训练的参数量相同</translation>
    </message>
    <message>
        <source>Rank-stabilised scaling</source>
        <translation>秩稳定缩放</translation>
    </message>
    <message>
        <source>Read and count every row of every task</source>
        <translation>读取并统计每个任务的每一行</translation>
    </message>
    <message>
        <source>Read as {format}: {how}</source>
        <translation>按 {format} 读取：{how}</translation>
    </message>
    <message>
        <source>Read automatically</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>Read more rows from the tasks&apos; files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read the files before you agree</source>
        <translation>同意前先读一读这些文件</translation>
    </message>
    <message>
        <source>Read: {read}
Learned: {learned}</source>
        <translation>读取：{read}
学习：{learned}</translation>
    </message>
    <message>
        <source>Reading the data…</source>
        <translation>正在读取数据…</translation>
    </message>
    <message>
        <source>Reading the first rows…</source>
        <translation>正在读取前几行…</translation>
    </message>
    <message>
        <source>Reading the trash…</source>
        <translation>正在读取回收站…</translation>
    </message>
    <message>
        <source>Reading this machine&apos;s usage failed: {error}</source>
        <translation>读取本机使用情况失败：{error}</translation>
    </message>
    <message numerus="yes">
        <source>Really delete this run</source>
        <comment>Really delete these {n} runs</comment>
        <translation>
            <numerusform>确认永久删除这 {n} 个运行</numerusform>
        </translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipes (*.toml)</source>
        <translation>配方 (*.toml)</translation>
    </message>
    <message>
        <source>Recompute activations</source>
        <translation>重算激活</translation>
    </message>
    <message>
        <source>Recompute activations in the backward pass: less memory, about a third more time.</source>
        <translation>在反向传播中重算激活：内存更少，时间约多三分之一。</translation>
    </message>
    <message>
        <source>Reference format: for the mixlora and moe-peft packages</source>
        <translation>参考格式：用于 mixlora 和 moe-peft 软件包</translation>
    </message>
    <message>
        <source>Reinstall the studio to get its own font back.</source>
        <translation>重新安装本程序即可恢复自带字体。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove this task from the recipe</source>
        <translation>从配方中移除此任务</translation>
    </message>
    <message>
        <source>Remove {run}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Removed: {folders}.</source>
        <translation>已删除：{folders}。</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename the selected run</source>
        <translation>重命名所选运行</translation>
    </message>
    <message>
        <source>Repository on the hub, as owner/name</source>
        <translation>模型站上的仓库，形如 owner/name</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Restore all</source>
        <translation>全部恢复</translation>
    </message>
    <message>
        <source>Results of each method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke the agreement</source>
        <translation>撤销同意</translation>
    </message>
    <message>
        <source>Revoke the agreement for {model}</source>
        <translation>撤销对 {model} 的同意</translation>
    </message>
    <message>
        <source>Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right by {metric}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right or wrong in the newest evaluation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right, and wrong before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rounded to this format, so its answers may differ slightly.</source>
        <translation>数值舍入到此格式，因此回答可能略有不同。</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由方式</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Rows at once</source>
        <translation>同时计算的行数</translation>
    </message>
    <message>
        <source>Rows computed at once; it only divides batch_size. The result is the same but for rounding, for dropout&apos;s random draws, and for the contrastive and the pooled balance loss.</source>
        <translation>同时计算的行数，只是对 batch_size 的划分。结果相同，仅舍入、dropout 的随机抽取以及对比损失和合并均衡损失有别。</translation>
    </message>
    <message>
        <source>Rows in a step</source>
        <translation>每步行数</translation>
    </message>
    <message>
        <source>Rows of the task</source>
        <translation>任务的行</translation>
    </message>
    <message>
        <source>Rows of {task}</source>
        <translation>{task} 的行</translation>
    </message>
    <message>
        <source>Rows scored while training</source>
        <translation>训练中评分的行数</translation>
    </message>
    <message>
        <source>Rows that the optimiser sees at each step.</source>
        <translation>优化器每一步看到的行数。</translation>
    </message>
    <message>
        <source>Running text</source>
        <translation>连续文本</translation>
    </message>
    <message>
        <source>Running text, of which every token is learned.</source>
        <translation>连续文本，其中每个 token 都要学习。</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Runs continue without the window. The report shows where it crashed.</source>
        <translation>运行不受窗口影响，仍在继续。报告中写明了崩溃的位置。</translation>
    </message>
    <message>
        <source>Runs in {programs}</source>
        <translation>可用于 {programs}</translation>
    </message>
    <message>
        <source>Runs in {programs}. {size}. {words}</source>
        <translation>可用于 {programs}。{size}。{words}</translation>
    </message>
    <message>
        <source>Runs in {programs}; takes {time}</source>
        <translation>可用于 {programs}；需{time}</translation>
    </message>
    <message>
        <source>Runs of each method, one for each seed</source>
        <translation>每种方法的运行数，每个种子一个</translation>
    </message>
    <message>
        <source>Runs, newest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Same choice</source>
        <translation>选择相同</translation>
    </message>
    <message>
        <source>Sample now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples appear here while the run trains: the same prompts, asked again at every evaluation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples over time: none yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples over time: {right} of {all} prompts are right at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Samples, newest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a checkpoint and free the memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as a picture…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as a recipe file</source>
        <translation>另存为配方文件</translation>
    </message>
    <message>
        <source>Save it as a recipe file, or free some disk space.</source>
        <translation>把它另存为配方文件，或释放一些磁盘空间。</translation>
    </message>
    <message>
        <source>Save the chart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the chart&apos;s values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the map as a picture or as a table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation>保存配方</translation>
    </message>
    <message>
        <source>Save the values as a table (CSV)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save this chart as a picture or its values as a table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Say which column is what</source>
        <translation>指定各列的含义</translation>
    </message>
    <message>
        <source>Say which column of the file is what</source>
        <translation>指定文件各列的含义</translation>
    </message>
    <message>
        <source>Scale experts by sqrt(3 x inputs / rank) instead of by alpha (GOAT); alpha is then unused there.</source>
        <translation>专家按 sqrt(3 × 输入维数 / 秩) 而不是 alpha 缩放（GOAT）；此时 alpha 在那里不起作用。</translation>
    </message>
    <message>
        <source>Scale updates by alpha / sqrt(rank) (rsLoRA), which suits high ranks.</source>
        <translation>更新按 alpha / sqrt(秩) 缩放（rsLoRA），适合较高的秩。</translation>
    </message>
    <message>
        <source>Scaling numerator: updates are scaled by alpha / rank.</source>
        <translation>缩放的分子：更新按 alpha / 秩缩放。</translation>
    </message>
    <message>
        <source>Score every</source>
        <translation>评测间隔</translation>
    </message>
    <message>
        <source>Score every task after this step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score the base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Score the task on rows that it does not learn from</source>
        <translation>用不参与学习的行为任务评分</translation>
    </message>
    <message>
        <source>Scores and samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores appear here before the first step, where tasks have held-out rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>Search runs by name, state, note, method, model or task</source>
        <translation>按名称、状态、备注、方法、模型或任务搜索运行</translation>
    </message>
    <message>
        <source>Search the hub</source>
        <translation>搜索模型站</translation>
    </message>
    <message>
        <source>See that its folder can be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See the rows token by token</source>
        <translation>逐 token 查看各行</translation>
    </message>
    <message>
        <source>See what the model wants to run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See what the model wants to run, and decide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Select two or more runs in the list (hold Ctrl or Shift and click), then press Compare.

To train one recipe with several methods, press Compare methods… under Quality or speed of a new run, or beside a run&apos;s recipe. Such runs are offered here as a group, and so are those of `mixlora-studio compare RECIPE`.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Selected runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send it to the Hugging Face hub too, as</source>
        <translation>同时上传到 Hugging Face，仓库名</translation>
    </message>
    <message>
        <source>Sent are the export&apos;s files, and a card with the recipe, the tasks&apos; names and scores, and the loss curves; no row of your data.</source>
        <translation>上传的是导出的文件，以及一张模型卡片，含配方、任务名称与得分和损失曲线；不含你的任何数据行。</translation>
    </message>
    <message>
        <source>Set up a new run</source>
        <translation>设置新的运行</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Several seeds tell a better method from a lucky run</source>
        <translation>多个种子才能区分方法的优劣与运气</translation>
    </message>
    <message>
        <source>Share of the steps over which the learning rate rises.</source>
        <translation>学习率上升阶段占总步数的比例。</translation>
    </message>
    <message>
        <source>Share of the training rows that is held out</source>
        <translation>留出的训练行比例</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Show a run of the list</source>
        <translation>显示列表中的某个运行</translation>
    </message>
    <message>
        <source>Show all steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all steps, as a double click does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show more rows of the file</source>
        <translation>显示文件的更多行</translation>
    </message>
    <message>
        <source>Show or hide {curve}</source>
        <translation>显示或隐藏{curve}</translation>
    </message>
    <message>
        <source>Show the curve of {curve}</source>
        <translation>显示曲线：{curve}</translation>
    </message>
    <message>
        <source>Show the losses {curve}</source>
        <translation>显示损失：{curve}</translation>
    </message>
    <message>
        <source>Show the problems and what fixes them</source>
        <translation>显示问题及解决办法</translation>
    </message>
    <message>
        <source>Show the tokens that the model read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the system&apos;s own notice when a run has finished, failed or run out of memory, while another window is in front.</source>
        <translation>当其他窗口在前时，若运行完成、失败或内存不足，显示系统通知。</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Skip unreadable rows</source>
        <translation>跳过无法读取的行</translation>
    </message>
    <message>
        <source>Skipped, cannot be read: {files}.</source>
        <translation>已跳过，无法读取：{files}。</translation>
    </message>
    <message>
        <source>Skipped, neither a data file nor a folder with any: {files}.</source>
        <translation>已跳过，既不是数据文件，也不是含数据文件的文件夹：{files}。</translation>
    </message>
    <message>
        <source>Slower, and in no run&apos;s way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Smoothing of the compared curves, per cent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smoothing of the loss curves, per cent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something in the window failed: {kind}: {error}</source>
        <translation>窗口内部出错：{kind}：{error}</translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start anyway</source>
        <translation>仍然开始</translation>
    </message>
    <message>
        <source>Start from an adapter</source>
        <translation>起始适配器</translation>
    </message>
    <message>
        <source>Start the run</source>
        <translation>开始运行</translation>
    </message>
    <message>
        <source>Start the run (Ctrl+Return)</source>
        <translation>开始运行（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Start trains here, on {device}, where it does not fit ({needs} of {budget}).</source>
        <translation>“开始训练”在本机的 {device} 上训练，在那里放不下（{needs} / {budget}）。</translation>
    </message>
    <message>
        <source>Start trains here, on {device}, where it fits ({needs}).</source>
        <translation>“开始训练”在本机的 {device} 上训练，在那里放得下（{needs}）。</translation>
    </message>
    <message>
        <source>Start trains here.</source>
        <translation>“开始训练”在本机上训练。</translation>
    </message>
    <message>
        <source>Starting the worker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting the worker, for {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>State: {state}</source>
        <translation>状态：{state}</translation>
    </message>
    <message>
        <source>Step of the loss-free balancing bias, which only selection sees; 0 leaves it out.</source>
        <translation>无损失均衡偏置的步长，只影响选择；0 表示不用。</translation>
    </message>
    <message>
        <source>Step whose loads are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step whose samples are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps at most</source>
        <translation>最多步数</translation>
    </message>
    <message>
        <source>Steps between checkpoints.</source>
        <translation>两个检查点之间的步数。</translation>
    </message>
    <message>
        <source>Steps between evaluations.</source>
        <translation>两次评测之间的步数。</translation>
    </message>
    <message>
        <source>Steps since the last checkpoint are computed again when the run is resumed.</source>
        <translation>继续运行时，上一个检查点之后的步会重新计算。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop after so many evaluations without a better one by keep_best, whose checkpoint is then the result; without it, training goes on to its last step.</source>
        <translation>按 keep_best 连续这么多次评测没有改善就停止，并以最佳检查点为结果；不设则训练到最后一步。</translation>
    </message>
    <message>
        <source>Stop after so many optimiser steps.</source>
        <translation>优化器走完这么多步后停止。</translation>
    </message>
    <message>
        <source>Stop early after</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>Stop or pause it first.</source>
        <translation>先停止或暂停它。</translation>
    </message>
    <message>
        <source>Stored in {settings}; the window&apos;s log is in {log}.</source>
        <translation>保存在 {settings}；窗口日志在 {log}。</translation>
    </message>
    <message>
        <source>Strength (alpha)</source>
        <translation>强度（alpha）</translation>
    </message>
    <message>
        <source>Sweep of {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation>切换浅色与深色</translation>
    </message>
    <message>
        <source>Switch every expert on again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统提示</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take that back, in the list</source>
        <translation>在列表中撤销</translation>
    </message>
    <message>
        <source>Take the card back and continue exactly where it was</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes {part} of {whole} on {device}, its weights as {held}.</source>
        <translation>在 {device} 上占用 {part} / {whole}，权重为 {held}。</translation>
    </message>
    <message>
        <source>Takes {time}.</source>
        <translation>需{time}。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Task to compare with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Task whose loads are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Task {name}</source>
        <translation>任务 {name}</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Tell me when a run ends</source>
        <translation>运行结束时通知我</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Temperature of the contrastive loss: lower minds the nearest vectors more.</source>
        <translation>对比损失的温度：越低越看重最近的向量。</translation>
    </message>
    <message>
        <source>Temperature, length, seed, system prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Text encoding</source>
        <translation>文本编码</translation>
    </message>
    <message>
        <source>The agreement applies to this model only, and to these files as they are now: if they change, you are asked again. You can revoke it in the settings.</source>
        <translation>同意只对这个模型和这些文件的当前内容有效：文件一旦变化会再次询问。可以在设置中撤销。</translation>
    </message>
    <message>
        <source>The base model</source>
        <translation>基座模型</translation>
    </message>
    <message>
        <source>The base model&apos;s .gguf file</source>
        <translation>基座模型的 .gguf 文件</translation>
    </message>
    <message>
        <source>The base model&apos;s folder</source>
        <translation>基座模型的文件夹</translation>
    </message>
    <message>
        <source>The base model: &quot;demo&quot;, a local folder, a .gguf file, or a hub id such as &quot;owner/name&quot;.</source>
        <translation>基座模型：“demo”、本地文件夹、.gguf 文件，或模型站 ID，如“owner/name”。</translation>
    </message>
    <message>
        <source>The best checkpoint is kept too: of lowest mean held-out loss, of highest mean score, or none.</source>
        <translation>同时保留最佳检查点：平均留出损失最低的、平均得分最高的，或不保留。</translation>
    </message>
    <message>
        <source>The best evaluation so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The best run is {run}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The best setting is {setting}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen answer in full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The class that it should name.</source>
        <translation>模型应说出的类别。</translation>
    </message>
    <message>
        <source>The curves appear here with the first step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The data sets that are mixed, each under a [[tasks]] of its own.</source>
        <translation>要混合的数据集，各占一个 [[tasks]]。</translation>
    </message>
    <message>
        <source>The data was not counted.</source>
        <translation>数据未统计。</translation>
    </message>
    <message>
        <source>The demo</source>
        <translation>演示</translation>
    </message>
    <message>
        <source>The demo&apos;s model is small and comes with the studio. Your own can be a folder, a GGUF file or a hub id.</source>
        <translation>演示用的模型很小，随程序提供。你自己的模型可以是文件夹、GGUF 文件或模型站 ID。</translation>
    </message>
    <message>
        <source>The demo, your files, or like an earlier run</source>
        <translation>从演示、你的文件或某次运行开始</translation>
    </message>
    <message>
        <source>The desk could not be started: {program}</source>
        <translation>无法启动后台进程：{program}</translation>
    </message>
    <message>
        <source>The desk ended before it answered.</source>
        <translation>后台进程在回答之前就结束了。</translation>
    </message>
    <message>
        <source>The desk sent an invalid answer: {answer}</source>
        <translation>后台进程返回了无效的回答：{answer}</translation>
    </message>
    <message>
        <source>The device that is chosen automatically: {name}</source>
        <translation>自动选择的设备：{name}</translation>
    </message>
    <message>
        <source>The drive has {free} free; {device} has {total}.</source>
        <translation>磁盘剩余 {free}；{device} 有 {total}。</translation>
    </message>
    <message>
        <source>The first rows are read like this; the green part is learned.</source>
        <translation>前几行会这样读取；绿色部分是要学习的。</translation>
    </message>
    <message>
        <source>The first rows of the file</source>
        <translation>文件的前几行</translation>
    </message>
    <message>
        <source>The first {some} of {all} are shown; select fewer runs for the others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The formula alone gives {alone}; past runs on this machine used {size} less, so the plan was corrected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The formula alone gives {alone}; past runs on this machine used {size} more, so the plan was corrected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The hardware check failed: {error}</source>
        <translation>硬件检查失败：{error}</translation>
    </message>
    <message>
        <source>The held-out file that the task is scored on; or how much of the training rows is held out for it: a share such as 0.1, or a number of rows such as 200.</source>
        <translation>用来给任务评分的留出文件；或从训练行中留出多少：比例如 0.1，或行数如 200。</translation>
    </message>
    <message>
        <source>The hub has no language model of this name.</source>
        <translation>模型站上没有这个名称的语言模型。</translation>
    </message>
    <message>
        <source>The hub revision to take; ignored for local models.</source>
        <translation>要使用的模型站版本；本地模型忽略此项。</translation>
    </message>
    <message>
        <source>The largest trains {more:.0f} % more parameters than the smallest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The largest trains {times:.0f} times the parameters of the smallest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lengths appear once all rows are counted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The list of messages of a conversation.</source>
        <translation>一段对话的消息列表。</translation>
    </message>
    <message>
        <source>The loss appears here with the first step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The memory is measured before the first step; until then there is only the plan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model learns to write these tokens.</source>
        <translation>模型学习写出这些 token。</translation>
    </message>
    <message>
        <source>The model reads these tokens and does not learn them.</source>
        <translation>模型读取这些 token，但不学习它们。</translation>
    </message>
    <message>
        <source>The model&apos;s own Python files</source>
        <translation>模型自带的 Python 文件</translation>
    </message>
    <message>
        <source>The models take {size}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The models were unloaded after {minutes:.0f} minutes. The next question loads them again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The most tokens of a row.</source>
        <translation>一行最多的 token 数。</translation>
    </message>
    <message>
        <source>The name in its recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The note is as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The note is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The options of a multiple choice, as a list.</source>
        <translation>选择题的各选项，为一个列表。</translation>
    </message>
    <message>
        <source>The peak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The plan failed: {kind}: {error}</source>
        <translation>计划失败：{kind}：{error}</translation>
    </message>
    <message>
        <source>The plan is made once the problems are fixed.</source>
        <translation>问题解决后会自动生成计划。</translation>
    </message>
    <message>
        <source>The recipe cannot be read: {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recipe is saved as {file}.</source>
        <translation>配方已保存为 {file}。</translation>
    </message>
    <message>
        <source>The recipe was changed, or has a field that is not valid.</source>
        <translation>配方已改动，或有无效的字段。</translation>
    </message>
    <message>
        <source>The right option, by letter, index or text; beside completion, the part of it that decides.</source>
        <translation>正确选项，可为字母、序号或文本；与 completion 同用时，是其中决定对错的部分。</translation>
    </message>
    <message>
        <source>The run ended before its first step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run ended before its memory was measured.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run ended without a sample: it makes them when it scores the held-out rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run ended without an evaluation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run {run} is not in the folder of runs any more.</source>
        <translation>运行 {run} 已不在运行文件夹中。</translation>
    </message>
    <message>
        <source>The run&apos;s new name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run&apos;s recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The runs of one comparison, or those selected in the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same prompts&apos; answers over the steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed draws the same answer again.</source>
        <translation>相同的种子会抽出相同的回答。</translation>
    </message>
    <message>
        <source>The system text before the first message.</source>
        <translation>第一条消息之前的系统提示。</translation>
    </message>
    <message>
        <source>The task whose answers are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The task whose rows are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The token&apos;s experts in every layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tools that the model may call, as JSON.</source>
        <translation>模型可以调用的工具，JSON 格式。</translation>
    </message>
    <message>
        <source>The training file (json, jsonl, csv, parquet, arrow, txt), a folder, a pattern such as &quot;data/*.jsonl&quot;, a list of them, or a hub set.</source>
        <translation>训练文件（json、jsonl、csv、parquet、arrow、txt）、文件夹、通配符如“data/*.jsonl”、它们的列表，或模型站数据集。</translation>
    </message>
    <message>
        <source>The trash is empty.</source>
        <translation>回收站是空的。</translation>
    </message>
    <message>
        <source>The window closes when the export has finished.</source>
        <translation>导出完成后窗口会关闭。</translation>
    </message>
    <message>
        <source>The window crashed last time.</source>
        <translation>窗口上次崩溃了。</translation>
    </message>
    <message>
        <source>The window keeps running; details are in {file}.</source>
        <translation>窗口继续运行；详情见 {file}。</translation>
    </message>
    <message>
        <source>The window&apos;s colours.</source>
        <translation>窗口的配色。</translation>
    </message>
    <message>
        <source>The window&apos;s language, from its next start on; auto is the system&apos;s.</source>
        <translation>窗口的语言，下次启动时生效；“自动”即系统语言。</translation>
    </message>
    <message>
        <source>The worker has not printed anything.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Then {coming}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These are offers for a {card}, which is not in this machine.</source>
        <translation>这些是为 {card} 提供的方案，它不在本机上。</translation>
    </message>
    <message>
        <source>These are the first {shown} of {total:,} columns; the lists below have all of them.</source>
        <translation>这里是 {total:,} 列中的前 {shown} 列；下面的列表包含所有列。</translation>
    </message>
    <message>
        <source>They do not adapt the same model in the same precision.</source>
        <translation>它们适配的不是同一精度的同一模型。</translation>
    </message>
    <message>
        <source>They do not train on the same device within the same budget.</source>
        <translation>它们不在同一设备、同一预算内训练。</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>This model wants to run its own code</source>
        <translation>这个模型要运行自带的代码</translation>
    </message>
    <message>
        <source>This page</source>
        <translation>本页</translation>
    </message>
    <message>
        <source>This plan is for a {card}, which is not in this machine.</source>
        <translation>这是为 {card} 做的计划，它不在本机上。</translation>
    </message>
    <message>
        <source>This program</source>
        <translation>本程序</translation>
    </message>
    <message>
        <source>This run has no held-out rows, so there is nothing to score it on. To get scores and samples, use its recipe for a new run (the Recipe tab) and give a task held-out rows there: a file of them, or some of its own kept apart.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run made no samples: they come with evaluations, and with Sample now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>token 数</translation>
    </message>
    <message>
        <source>Tokens are coloured by their experts in this layer; a switch counts for it too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens of a row: none chosen</source>
        <translation>行的 token：未选择行</translation>
    </message>
    <message>
        <source>Tokens of one row that an expert takes under switch routing; the rest pass unchanged.</source>
        <translation>switch 路由下一个专家从一行中接收的 token；其余原样通过。</translation>
    </message>
    <message>
        <source>Tokens of row {line}: {counts}</source>
        <translation>第 {line} 行的 token：{counts}</translation>
    </message>
    <message>
        <source>Tokens whose loads are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Train DoRA&apos;s magnitudes in every expert too (MixDoRA): often better, and slower.</source>
        <translation>在每个专家中也训练 DoRA 的幅值（MixDoRA）：往往更好，也更慢。</translation>
    </message>
    <message>
        <source>Train it further: set Adapter in a new run&apos;s model to {name}, with its own method.</source>
        <translation>继续训练：在新运行的模型中把起始适配器设为 {name}，并使用它自己的方法。</translation>
    </message>
    <message>
        <source>Train on</source>
        <translation>训练设备</translation>
    </message>
    <message>
        <source>Train the first step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train this recipe with other methods, side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train this recipe with several methods as well</source>
        <translation>也用几种方法训练这份配方</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trained model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Training files</source>
        <translation>训练文件</translation>
    </message>
    <message>
        <source>Training loss, {newest} at step {step}, {trend}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training loss: no step has ended yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training processes; more than one is started through torchrun.</source>
        <translation>训练进程数；多于一个时通过 torchrun 启动。</translation>
    </message>
    <message>
        <source>Trains this recipe with each chosen method, one run after another, and opens them side by side. Model, data and steps stay the same.</source>
        <translation>用所选的每种方法依次训练这份配方，并把结果并排打开。模型、数据和步数保持不变。</translation>
    </message>
    <message>
        <source>Trains {number} parameters ({share:.1f} %).</source>
        <translation>训练 {number} 个参数（{share:.1f} %）。</translation>
    </message>
    <message>
        <source>Try</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again in a moment.</source>
        <translation>请稍后再试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again. The report contains its output.</source>
        <translation>请重试。报告中有它的输出。</translation>
    </message>
    <message>
        <source>Try it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try one of your own tasks:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try this guess: {why}</source>
        <translation>试试这个猜测：{why}</translation>
    </message>
    <message>
        <source>Typical difference of an expert</source>
        <translation>单个专家的典型差异</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Use for a new run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use these columns</source>
        <translation>使用这些列</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Values kept for learning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verdict on each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version on the hub</source>
        <translation>模型站上的版本</translation>
    </message>
    <message>
        <source>Versions, licence and keys (F1)</source>
        <translation>版本、许可证和快捷键（F1）</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Waiting runs, in their order</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Ways to try the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Weight in the mix</source>
        <translation>混合权重</translation>
    </message>
    <message>
        <source>Weight of the contrastive loss, which draws the experts apart; 0 leaves it out. It compares within the rows computed at once, so its result depends on micro_batch.</source>
        <translation>对比损失的权重，使各专家彼此区分；0 表示不用。它在同时计算的行内比较，因此结果与 micro_batch 有关。</translation>
    </message>
    <message>
        <source>Weight of the load-balance loss, which weighs each step with the experts&apos; loads of the last one.</source>
        <translation>负载均衡损失的权重，每一步以上一步的专家负载加权。</translation>
    </message>
    <message>
        <source>Weight of the router&apos;s z-loss, which keeps its logits small; 0 leaves it out.</source>
        <translation>路由器 z-loss 的权重，使其 logits 保持较小；0 表示不用。</translation>
    </message>
    <message>
        <source>What a row is</source>
        <translation>一行是什么</translation>
    </message>
    <message>
        <source>What a text file was saved in, such as &quot;windows-1252&quot;; auto is UTF-8, or UTF-16 where it says so.</source>
        <translation>文本文件的编码，如“windows-1252”；“自动”为 UTF-8，文件标明 UTF-16 时则为 UTF-16。</translation>
    </message>
    <message>
        <source>What curves and tables call this task</source>
        <translation>曲线和表格中此任务的名称</translation>
    </message>
    <message>
        <source>What curves and tables call this task: a name without spaces, slashes and colons.</source>
        <translation>曲线和表格中此任务的名称，不含空格、斜杠和冒号。</translation>
    </message>
    <message>
        <source>What differs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What differs between the recipes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What do you begin with?</source>
        <translation>从什么开始？</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happened, in sentences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is trained, where, and how much memory it takes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is wrong with the recipe</source>
        <translation>配方的问题</translation>
    </message>
    <message>
        <source>What is wrong with this run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What it may use of this machine</source>
        <translation>可用的本机资源</translation>
    </message>
    <message>
        <source>What it should answer.</source>
        <translation>模型应给出的回答。</translation>
    </message>
    <message>
        <source>What the model is told to be; empty as in training without one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the model reads.</source>
        <translation>模型读取的内容。</translation>
    </message>
    <message>
        <source>What the run is called.</source>
        <translation>运行的名称。</translation>
    </message>
    <message>
        <source>What the task is scored on</source>
        <translation>任务用什么评分</translation>
    </message>
    <message>
        <source>What the worker printed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to look for in this map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was decided, and what it exports to</source>
        <translation>自动决定了什么，可以导出为什么</translation>
    </message>
    <message>
        <source>What was trained changes the base&apos;s logits by up to {change}.</source>
        <translation>训练使基座模型的 logits 最多变化 {change}。</translation>
    </message>
    <message>
        <source>What was tried, and what came of it</source>
        <translation>试了什么，结果如何</translation>
    </message>
    <message>
        <source>What {title} read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where an answer is cut off.</source>
        <translation>回答在此处截断。</translation>
    </message>
    <message>
        <source>Where it trains: &quot;auto&quot;, &quot;cpu&quot;, &quot;cuda&quot;, &quot;cuda:1&quot; or &quot;mps&quot;.</source>
        <translation>在哪里训练：“auto”、“cpu”、“cuda”、“cuda:1”或“mps”。</translation>
    </message>
    <message>
        <source>Where models are looked for, beside the hub&apos;s cache and the folders of LM Studio and Ollama. Several have a semicolon between them.</source>
        <translation>除模型站缓存以及 LM Studio 和 Ollama 的文件夹外，还在哪里查找模型。多个文件夹用分号隔开。</translation>
    </message>
    <message>
        <source>Where runs are stored. Empty means the studio&apos;s own folder; a relative path is relative to it.</source>
        <translation>运行的存放位置。留空即程序自己的文件夹；相对路径以它为起点。</translation>
    </message>
    <message>
        <source>Where you keep models</source>
        <translation>你存放模型的地方</translation>
    </message>
    <message>
        <source>Which answers are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which curve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which of the run&apos;s models answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which run comes first: all combinations of one seed before the next seed, or as the lists are written, the last one&apos;s values changing first.</source>
        <translation>运行的先后：先做完一个种子的所有组合再换种子，或按列表的书写顺序，最后一个列表的值变化最快。</translation>
    </message>
    <message>
        <source>Which runs are compared</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who answers beside it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>With the studio</source>
        <translation>随程序提供</translation>
    </message>
    <message>
        <source>With {switched}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without experts, or before the first step: {plain}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without held-out rows nothing will show what it has learned.</source>
        <translation>没有留出行，就看不出它学到了什么。</translation>
    </message>
    <message>
        <source>Words in the rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Would take {part} of {whole} on {device}.</source>
        <translation>在 {device} 上需要 {part} / {whole}。</translation>
    </message>
    <message>
        <source>Write a report of the run, and open it in the browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong by {metric}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong, and right before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You can revoke this in the settings.</source>
        <translation>可以在设置中撤销。</translation>
    </message>
    <message>
        <source>Your folders</source>
        <translation>你的文件夹</translation>
    </message>
    <message>
        <source>Your model and its base answer the same question side by side. Each token of the answer is tinted by the expert that it was sent to: point at one to see where it went, switch an expert off to see what it does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your runs appear here.</source>
        <translation>你的运行会出现在这里。</translation>
    </message>
    <message>
        <source>Z loss</source>
        <translation>Z 损失</translation>
    </message>
    <message>
        <source>a file</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>a number of rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>a share</source>
        <translation>比例</translation>
    </message>
    <message>
        <source>about {rows}</source>
        <translation>约 {rows}</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>added by the template</source>
        <translation>模板添加</translation>
    </message>
    <message>
        <source>all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all layers together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all tasks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answers to held-out prompts, newest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as written, and as the worker reads it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asked at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>asked by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at least {time}</source>
        <translation>至少{time}</translation>
    </message>
    <message>
        <source>at most {peak} used of {planned} planned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>base model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before and change are on the {rows} rows that were scored before training too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before training and now; ± is the standard error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>being given</source>
        <translation>生成中</translation>
    </message>
    <message>
        <source>beside</source>
        <comment>one speaker beside another</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>broken off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>budget {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cannot be trained</source>
        <translation>无法训练</translation>
    </message>
    <message>
        <source>chosen columns</source>
        <translation>自选的列</translation>
    </message>
    <message>
        <source>cut off</source>
        <translation>被截断</translation>
    </message>
    <message>
        <source>cut off at its longest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>d MMMM yyyy</source>
        <comment>Qt&apos;s format</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>dddd, d MMMM</source>
        <comment>Qt&apos;s format of a date</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>demo, a folder, a .gguf file, or owner/name</source>
        <translation>demo、文件夹、.gguf 文件或 owner/name</translation>
    </message>
    <message>
        <source>differs from token {token} on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>each file or folder is a task; a run learns all of them together</source>
        <translation>每个文件或文件夹是一个任务；一次运行同时学习全部任务</translation>
    </message>
    <message>
        <source>en_GB</source>
        <comment>the locale that dates are written in</comment>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>evaluations</source>
        <translation>次评测</translation>
    </message>
    <message>
        <source>even</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expected {expected}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert {expert} off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert {expert} {share}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert {n} {used:.2f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>experts {a} and {b} go together most, {most:.1f} × as often as chance; {c} and {d} least, {least:.1f} ×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>fair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fair share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>falling</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>few</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>files, a folder, or a hub set such as owner/name</source>
        <translation>文件、文件夹，或模型站数据集，如 owner/name</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>fits as {precision}</source>
        <translation>以 {precision} 放得下</translation>
    </message>
    <message>
        <source>floor {floor} = ln(positives)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from step 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held by gaming mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held-out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>how evenly they are used, on the same scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it cannot be read ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it cannot be written</source>
        <translation>无法写出</translation>
    </message>
    <message>
        <source>it said nothing, and ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its terms must be accepted first</source>
        <translation>须先接受其条款</translation>
    </message>
    <message>
        <source>its weights held as {precision}</source>
        <translation>权重以 {precision} 存放</translation>
    </message>
    <message>
        <source>layer {depth}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>learned</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>less than 1 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>less than a minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>less than {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>llama.cpp itself loaded the file in a process of its own, and gave {same} of {asked} answers in the run&apos;s own words.</source>
        <translation>llama.cpp 在独立进程中加载了该文件，{asked} 个回答中有 {same} 个与本次运行逐字相同。</translation>
    </message>
    <message>
        <source>llama.cpp itself loaded the file in a process of its own.</source>
        <translation>llama.cpp 在独立进程中加载了该文件。</translation>
    </message>
    <message>
        <source>llama.cpp, LM Studio, Ollama</source>
        <translation>llama.cpp、LM Studio、Ollama</translation>
    </message>
    <message>
        <source>loss {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lost</source>
        <translation>失联</translation>
    </message>
    <message>
        <source>mixlora, moe-peft</source>
        <translation>mixlora、moe-peft</translation>
    </message>
    <message>
        <source>most: {count} rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next on {device}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>no file yet</source>
        <translation>还没有文件</translation>
    </message>
    <message>
        <source>no more memory</source>
        <translation>不增加内存</translation>
    </message>
    <message>
        <source>no two experts share a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none dead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not asked yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>未安装</translation>
    </message>
    <message>
        <source>not judged</source>
        <translation>未判定</translation>
    </message>
    <message>
        <source>not routed: this model has no experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not set</source>
        <translation>未设置</translation>
    </message>
    <message>
        <source>not slower</source>
        <translation>不变慢</translation>
    </message>
    <message>
        <source>not started</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not yet</source>
        <translation>尚未开始</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>of the newest evaluation; wrong ones are kept first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of the training steps, without evaluations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only expert {expert}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>over tasks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>正在暂停</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>q_proj, up_proj</source>
        <translation>q_proj, up_proj</translation>
    </message>
    <message>
        <source>rank {rank}</source>
        <translation>秩 {rank}</translation>
    </message>
    <message>
        <source>raw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>read</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>right</source>
        <translation>对</translation>
    </message>
    <message>
        <source>right</source>
        <comment>an answer</comment>
        <translation>正确</translation>
    </message>
    <message>
        <source>rising</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>rows ± {error}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scored on {rows} held-out rows at step {step}; ± is the standard error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>see the file LICENSE</source>
        <translation>见 LICENSE 文件</translation>
    </message>
    <message>
        <source>seed {seed} {state}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>smoothed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>special token</source>
        <translation>特殊 token</translation>
    </message>
    <message>
        <source>stalled</source>
        <translation>无响应</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>steady</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>steps {first}–{last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>the command was not sent ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the first step ends</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the folder of runs cannot be read ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the folder of runs is not there.</source>
        <translation>运行文件夹不存在。</translation>
    </message>
    <message>
        <source>the half-made run cannot be kept ({reason}).</source>
        <translation>无法保存未完成的设置（{reason}）。</translation>
    </message>
    <message>
        <source>the hardware check has not finished yet.</source>
        <translation>硬件检查尚未完成。</translation>
    </message>
    <message>
        <source>the held-out rows are scored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the highest measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the loads cannot be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the mean of the tasks&apos; newest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the memory is measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the most frequent expected answer, always given, would score the majority&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the newest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the next row of the pack</source>
        <translation>打包中的下一行</translation>
    </message>
    <message>
        <source>the picture cannot be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the picture could not be written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the plan&apos;s peak beside the measured one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the recipe cannot be written ({reason}).</source>
        <translation>无法写入配方（{reason}）。</translation>
    </message>
    <message>
        <source>the report cannot be made ({kind}: {error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the report is written, but no program here opens it.</source>
        <translation>报告已写好，但本机没有能打开它的程序。</translation>
    </message>
    <message>
        <source>the rows are tokenised</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the run can no longer be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the run cannot be read ({error}), so nothing was done.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the run cannot be read ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the same answer as before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the settings cannot be saved ({error}).</source>
        <translation>无法保存设置（{error}）。</translation>
    </message>
    <message>
        <source>the studio&apos;s font {family} cannot be loaded, so the system&apos;s font is used instead.</source>
        <translation>无法加载自带字体 {family}，改用系统字体。</translation>
    </message>
    <message>
        <source>the table cannot be written ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the table could not be written ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the weights are loaded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the worker&apos;s own output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the {field}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this cannot be done ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>three offers that fit, or your own numbers</source>
        <translation>三个放得下的方案，或自己填数值</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>token</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>太大</translation>
    </message>
    <message>
        <source>training begins</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>transformers, vLLM</source>
        <translation>transformers、vLLM</translation>
    </message>
    <message>
        <source>transformers, vLLM, and whatever runs the base</source>
        <translation>transformers、vLLM 及任何能运行基座的程序</translation>
    </message>
    <message>
        <source>uneven</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>usage unknown</source>
        <translation>使用情况未知</translation>
    </message>
    <message>
        <source>variation {variation:.2f}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vectors</source>
        <translation>个向量</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>what is adapted; its own weights stay as they are</source>
        <translation>要适配的模型；其自身权重保持不变</translation>
    </message>
    <message>
        <source>what stays is counted exactly; the rest is measured as a whole</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>错</translation>
    </message>
    <message>
        <source>wrong</source>
        <comment>an answer</comment>
        <translation>错误</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>{answer}   expected {expected}</source>
        <translation>{answer}   应为 {expected}</translation>
    </message>
    <message>
        <source>{column}: {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count:,.0f} tokens go to both experts {a} and {b}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} weights are trained ({share:.1f} %)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{device}, after &apos;{run}&apos;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{difference} points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {all} rows</source>
        <translation>{done} / {all} 行</translation>
    </message>
    <message>
        <source>{effective:.1f} of {experts} experts in effect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{elsewhere} dead in other projections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{field}: kept</source>
        <translation>{field}：已固定</translation>
    </message>
    <message>
        <source>{field}: may be moved</source>
        <translation>{field}：可调整</translation>
    </message>
    <message>
        <source>{files}, scored on {held_out}</source>
        <translation>{files}，用 {held_out} 评分</translation>
    </message>
    <message>
        <source>{files}, {number:,} rows held out</source>
        <translation>{files}，留出 {number:,} 行</translation>
    </message>
    <message>
        <source>{files}, {share:.3g} % held out</source>
        <translation>{files}，留出 {share:.3g} %</translation>
    </message>
    <message>
        <source>{file} is in the task {task}</source>
        <translation>{file} 已在任务 {task} 中</translation>
    </message>
    <message>
        <source>{first} and {last}</source>
        <translation>{first}和{last}</translation>
    </message>
    <message>
        <source>{first} and {number} more</source>
        <translation>{first} 等，另有 {number} 个</translation>
    </message>
    <message>
        <source>{first}, {next}</source>
        <translation>{first}、{next}</translation>
    </message>
    <message numerus="yes">
        <source>{first}, {next}</source>
        <comment>facts</comment>
        <translation>
            <numerusform>{first}，{next}</numerusform>
        </translation>
    </message>
    <message>
        <source>{gone} dead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{group}: show its parts</source>
        <translation>{group}：显示其组成</translation>
    </message>
    <message>
        <source>{hint} {value}</source>
        <translation>{hint} {value}</translation>
    </message>
    <message>
        <source>{larger} {smaller}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{layer}, expert {expert}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{layer}, {steps}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{line}  left out: {why}</source>
        <translation>{line}  已略去：{why}</translation>
    </message>
    <message>
        <source>{low:,} to {high:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{low} to {high}, {some} of {all} seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{memory} more</source>
        <translation>多 {memory}</translation>
    </message>
    <message>
        <source>{memory} on {device}</source>
        <translation>{memory}，{device}</translation>
    </message>
    <message>
        <source>{memory}: more than the {budget} there are</source>
        <translation>{memory}：超出可用的 {budget}</translation>
    </message>
    <message>
        <source>{methods} may run out of memory.</source>
        <translation>{methods}可能内存不足。</translation>
    </message>
    <message>
        <source>{methods}, {seeds}: {runs} runs</source>
        <translation>{methods}，{seeds}：共 {runs} 个运行</translation>
    </message>
    <message>
        <source>{method} on {device}, {precision}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{model} may run its own code.</source>
        <translation>{model} 可以运行自带的代码了。</translation>
    </message>
    <message numerus="yes">
        <source>{n:,} row</source>
        <comment>{n:,} rows</comment>
        <translation>
            <numerusform>{n:,} 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,} row has {length} tokens</source>
        <comment>{n:,} rows have {length} tokens</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,}&#xa0;step</source>
        <comment>{n:,}&#xa0;steps</comment>
        <translation>
            <numerusform>{n:,}&#xa0;步</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{name} ({n} run)</source>
        <comment>{name} ({n} runs)</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{name} is here: a {method} adapter on {base}.</source>
        <translation>{name} 已就绪：基于 {base} 的 {method} 适配器。</translation>
    </message>
    <message>
        <source>{name} {value} at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{now}. The scores appear here when every task is scored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number:,} held out</source>
        <translation>留出 {number:,}</translation>
    </message>
    <message>
        <source>{number:,} tokens</source>
        <translation>{number:,} 个 token</translation>
    </message>
    <message>
        <source>{number} d</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{number} day</source>
        <comment>{number} days</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{number} h</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{number} hour</source>
        <comment>{number} hours</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{number} in each</source>
        <translation>每层 {number}</translation>
    </message>
    <message>
        <source>{number} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{number} minute</source>
        <comment>{number} minutes</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{number} more fields, each with a good default</source>
        <translation>另有 {number} 个选项，默认值都合适</translation>
    </message>
    <message>
        <source>{number} parameters</source>
        <translation>{number} 个参数</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{number} second</source>
        <comment>{number} seconds</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} week</source>
        <comment>{number} weeks</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{number} wk</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{n} character too many</source>
        <comment>{n} characters too many</comment>
        <translation>
            <numerusform>超出 {n} 个字符</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} method</source>
        <comment>{n} methods</comment>
        <translation>
            <numerusform>{n} 种方法</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{n} problem</source>
        <comment>{n} problems</comment>
        <translation>
            <numerusform>{n} 个问题</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run active; it continues if you close the window</source>
        <comment>{n} runs active; they continue if you close the window</comment>
        <translation>
            <numerusform>{n} 个运行进行中；关闭窗口后仍会继续</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run is back.</source>
        <comment>{n} runs are back.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run is in the trash.</source>
        <comment>{n} runs are in the trash.</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run, {total} of the disk.</source>
        <comment>{n} runs, {total} of the disk.</comment>
        <translation>
            <numerusform>{n} 个运行，占用磁盘 {total}。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} seed</source>
        <comment>{n} seeds</comment>
        <translation>
            <numerusform>{n} 个种子</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} token</source>
        <comment>{n} tokens</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} token in {time}</source>
        <comment>{n} tokens in {time}</comment>
        <translation type="unfinished">
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{part} of {whole}</source>
        <translation>{part} / {whole}</translation>
    </message>
    <message>
        <source>{peak} used of {planned} planned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{percent} % faster</source>
        <translation>快 {percent} %</translation>
    </message>
    <message>
        <source>{percent} % longer</source>
        <translation>慢 {percent} %</translation>
    </message>
    <message>
        <source>{phase}, for {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: nothing was routed here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: {first}, {second}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: {share:.1f} % of the layer&apos;s slots, {used:.2f} × fair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{right} right, {wrong} wrong</source>
        <translation>对 {right}，错 {wrong}</translation>
    </message>
    <message>
        <source>{rows} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{runs}, {time} together.</source>
        <translation>{runs}，合计{time}。</translation>
    </message>
    <message>
        <source>{runs}.</source>
        <translation>{runs}。</translation>
    </message>
    <message>
        <source>{said} ({word})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}, counted as {answer!r}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}, dead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}, dead in {dead} of them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}, floor {floor}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}, {share} of the last answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}; expert {n} is dead in {dead} of {layers} layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}; held-out {name} {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{sentence} On answers too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{sentence} On answers: {own}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{sentence} {next}</source>
        <translation>{sentence}{next}</translation>
    </message>
    <message>
        <source>{sentence}.</source>
        <translation>{sentence}。</translation>
    </message>
    <message>
        <source>{share:.3g} % of the mix</source>
        <translation>占混合的 {share:.3g} %</translation>
    </message>
    <message>
        <source>{shared}, {lift:.2f} × as often as chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{step} of {total} steps done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{switched} in {layer}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task} {used:.2f} × fair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task} · step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}, row at {line}, after step {step}: {verdict}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}, {metric}, on {rows} rows; each run: {each}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}, {scored}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}: the file {path} does not exist.</source>
        <translation>{task}：文件 {path} 不存在。</translation>
    </message>
    <message>
        <source>{task}: {used:.2f} × fair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}: {what} ({where})</source>
        <translation>{task}：{what}（{where}）</translation>
    </message>
    <message>
        <source>{time} a step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}, load over its fair share: {used:.2f} at step {step}, between {least:.2f} and {most:.2f} since step {first}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: from {lowest} to {highest}, steps {first} to {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: no value yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: nothing was routed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: {value} at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{told}; max_length is {limit:,}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{used:,} of {n:,} row</source>
        <comment>{used:,} of {n:,} rows</comment>
        <translation>
            <numerusform>{used:,} / {n:,} 行</numerusform>
        </translation>
    </message>
    <message>
        <source>{what}, {value}</source>
        <translation>{what}，{value}</translation>
    </message>
    <message>
        <source>{where}: {what} {remedy}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{who} trains on {device}, so a run started now waits its turn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{words} (stop it first)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>± is the standard deviation over seeds; rows ± is the standard error over the scored rows, of one run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>↑ up to {value}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
